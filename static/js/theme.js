// Sets the remembered theme before the first paint. A classic script on purpose: modules run too late for that.
(function () {
  try {
    var theme = localStorage.getItem("signalbox.theme");
    if (theme) document.documentElement.dataset.theme = theme;
  } catch (refused) {
    // Storage may be forbidden; the page then follows the system.
    console.debug("theme is not remembered", refused);
  }
})();
