-- Built after the published schema of Uptime Kuma (versions 1.23 and 2.0), with the columns that an import looks at.
CREATE TABLE monitor (
  id INTEGER PRIMARY KEY, name VARCHAR(150), active BOOLEAN DEFAULT 1, user_id INTEGER, interval INTEGER DEFAULT 20,
  url TEXT, type VARCHAR(20), weight INTEGER DEFAULT 2000, hostname VARCHAR(255), port INTEGER, keyword VARCHAR(255),
  maxretries INTEGER DEFAULT 0, ignore_tls BOOLEAN DEFAULT 0, upside_down BOOLEAN DEFAULT 0,
  maxredirects INTEGER DEFAULT 10, accepted_statuscodes_json TEXT DEFAULT '["200-299"]',
  dns_resolve_type VARCHAR(5), dns_resolve_server VARCHAR(255), retry_interval INTEGER DEFAULT 0,
  push_token VARCHAR(32), method TEXT DEFAULT 'GET', body TEXT, headers TEXT, basic_auth_user TEXT,
  basic_auth_pass TEXT, docker_container VARCHAR(255), proxy_id INTEGER, expiry_notification BOOLEAN DEFAULT 1,
  mqtt_topic TEXT, database_connection_string VARCHAR(2000), database_query TEXT, auth_method VARCHAR(250),
  grpc_url VARCHAR(255), grpc_body TEXT, grpc_metadata TEXT, grpc_method TEXT, grpc_service_name TEXT,
  grpc_enable_tls BOOLEAN DEFAULT 0, radius_password VARCHAR(255), packet_size INTEGER DEFAULT 56,
  http_body_encoding VARCHAR(25), description TEXT, tls_ca TEXT, tls_cert TEXT, tls_key TEXT, parent INTEGER,
  invert_keyword BOOLEAN DEFAULT 0, json_path TEXT, expected_value VARCHAR(255), timeout DOUBLE DEFAULT 0,
  oauth_client_id TEXT, oauth_client_secret TEXT, oauth_token_url TEXT, oauth_scopes TEXT, oauth_auth_method TEXT,
  json_path_operator VARCHAR(255), cache_bust BOOLEAN DEFAULT 0, conditions TEXT DEFAULT '[]', smtp_security TEXT,
  ping_count INTEGER, ip_family TEXT, retry_only_on_status_code_failure BOOLEAN DEFAULT 0, ws_subprotocol TEXT,
  ws_ignore_sec_websocket_accept_header BOOLEAN DEFAULT 0
);
CREATE TABLE tag (id INTEGER PRIMARY KEY, name VARCHAR(255), color VARCHAR(255));
CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER, tag_id INTEGER, value TEXT);
CREATE TABLE proxy (id INTEGER PRIMARY KEY, protocol VARCHAR(10), host VARCHAR(255), port SMALLINT, auth BOOLEAN,
  username VARCHAR(255), password VARCHAR(255), active BOOLEAN);
CREATE TABLE notification (id INTEGER PRIMARY KEY, name VARCHAR(255), config TEXT);
CREATE TABLE status_page (id INTEGER PRIMARY KEY, slug VARCHAR(255));
INSERT INTO tag VALUES (1, 'team', '#f00'), (2, 'prod', '#0f0');
INSERT INTO monitor_tag VALUES (1, 2, 1, 'shop, mostly'), (2, 2, 2, '');
INSERT INTO proxy VALUES (1, 'http', 'proxy.example', 3128, 1, 'anna', 'hunter2-hunter2', 1),
  (2, 'socks5', 'proxy.example', 1080, 0, NULL, NULL, 1);
INSERT INTO notification VALUES (1, 'Slack', '{"webhook": "secret"}');
INSERT INTO status_page VALUES (1, 'all');
INSERT INTO monitor (id, name, type) VALUES (1, 'Shop', 'group');
INSERT INTO monitor (id, name, type, parent, url, interval, maxretries, timeout, headers, basic_auth_user,
  basic_auth_pass, accepted_statuscodes_json, ignore_tls, proxy_id, description)
  VALUES (2, 'Front page', 'http', 1, 'https://shop.example/', 60, 2, 48, '{"X-Api-Key": "hunter2-hunter2"}', 'anna',
  'hunter2-hunter2', '["200-299", "304"]', 1, 1, 'what people see first');
INSERT INTO monitor (id, name, type, parent, url, interval, keyword, method, body, http_body_encoding)
  VALUES (3, 'Words', 'keyword', 1, 'https://shop.example/words', 20, 'welcome', 'POST', '{"a": 1}', 'json');
INSERT INTO monitor (id, name, type, url, interval, json_path, expected_value, upside_down)
  VALUES (4, 'Answer', 'json-query', 'https://shop.example/json', 60, 'data.items[0].state', 'ok', 0),
  (5, 'Odd answer', 'json-query', 'https://shop.example/json', 60, '$sum(items.price)', '5', 0),
  (6, 'Must be down', 'http', 'https://old.example/', 60, NULL, NULL, 1);
INSERT INTO monitor (id, name, type, hostname, port, interval) VALUES (7, 'SSH', 'port', 'git.example', 22, 60);
INSERT INTO monitor (id, name, type, hostname, interval, packet_size) VALUES (8, 'Gateway', 'ping', '192.0.2.1', 20, 8);
INSERT INTO monitor (id, name, type, hostname, interval, port, dns_resolve_type, dns_resolve_server)
  VALUES (9, 'Names', 'dns', 'example.org', 60, 53, 'MX', '9.9.9.9, 1.1.1.1');
INSERT INTO monitor (id, name, type, interval, maxretries, retry_interval, push_token)
  VALUES (10, 'Backup', 'push', 86400, 1, 3600, 'abcdefghijklmnopqrstuvwxyz012345');
INSERT INTO monitor (id, name, type, interval, database_connection_string, database_query)
  VALUES (11, 'Orders', 'postgres', 60, 'postgres://anna:hunter2-hunter2@db.example:5433/orders', 'SELECT 1'),
  (12, 'Sessions', 'redis', 60, 'redis://cache.example', NULL);
INSERT INTO monitor (id, name, type, interval, docker_container) VALUES (13, 'Container', 'docker', 60, 'web');
INSERT INTO monitor (id, name, type, interval, active, hostname, port) VALUES (14, 'SSH', 'port', 60, 0, 'old.example', 22);
INSERT INTO monitor (id, name, type, interval, url, proxy_id)
  VALUES (15, 'Behind socks', 'http', 60, 'https://inner.example/', 2);
INSERT INTO monitor (id, name, type, interval, grpc_url, grpc_method, grpc_service_name, grpc_body, keyword)
  VALUES (16, 'RPC', 'grpc-keyword', 60, 'rpc.example:50051', 'check', 'Health', '{"service": "shop"}', 'SERVING'),
  (17, 'Own RPC', 'grpc-keyword', 60, 'rpc.example:50051', 'buy', 'Shop', '{}', 'ok');
INSERT INTO monitor (id, name, type, interval, hostname, port, smtp_security)
  VALUES (18, 'Mail', 'smtp', 60, 'mail.example', 465, 'secure');
INSERT INTO monitor (id, name, type, interval, url, conditions)
  VALUES (19, 'Judged otherwise', 'http', 60, 'https://shop.example/', '[{"type": "expression"}]');
INSERT INTO monitor (id, name, type, interval, url) VALUES (20, 'Broken', 'http', 60, 'shop.example');
INSERT INTO monitor (id, name, type, parent) VALUES (21, 'Machines', 'group', NULL), (22, 'Empty', 'group', NULL);
INSERT INTO monitor (id, name, type, parent, interval, docker_container) VALUES (23, 'Box', 'docker', 21, 60, 'x');
UPDATE monitor SET parent = 21 WHERE id = 7;
