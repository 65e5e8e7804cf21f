// Runs before the page is drawn: whether the rail is folded in this browser.
document.documentElement.dataset.rail = localStorage.getItem("rail") || "";
