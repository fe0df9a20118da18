// Sets the theme before the first paint. A file of its own because the content policy forbids inline scripts.
try {
  var chosen = localStorage.getItem('traceway_theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch (error) {
  // Storage is switched off: the system's theme applies.
}
