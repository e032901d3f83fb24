// Light, dark or the system's: kept in a cookie, so that the server renders the right page at once.
// The key in localStorage is the one the Django admin reads.
const root = document.documentElement;

document.addEventListener("change", ({ target }) => {
  if (target.name !== "theme") return;
  const theme = target.value;
  const age = theme === "auto" ? 0 : 31536000;
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
  document.cookie = `${prefix}theme=${theme}; path=/; max-age=${age}; samesite=lax${secure}`;
  localStorage.setItem("theme", theme);
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
});
