// What a page keeps for as long as its window is open; a browser that keeps nothing is no trouble.

/** @param {string} key @returns {string} "" where nothing is kept */
export function kept(key) {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} text "" forgets it */
export function keep(key, text) {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    // then it lasts as long as the page
  }
}
