// Where the tour was left, for as long as the window is open; a browser that keeps nothing is no trouble.

const KEY = "fivebyfive.tour";

/** @returns {string} the stop's id, "" for none */
export function left() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} id */
export function leave(id) {
  try {
    if (id) sessionStorage.setItem(KEY, id);
    else sessionStorage.removeItem(KEY);
  } catch {
    // then it begins anew
  }
}
