// Several values of one parameter of the address: commas between them, those within are escaped.
// No DOM: tests run it in plain Node.

export function valuesOf(text) {
  return (text ?? "").split(",").filter(Boolean).map(decoded);
}

function decoded(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // somebody edited the address
  }
}

export function valuesText(values) {
  return values.map((value) => value.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
}
