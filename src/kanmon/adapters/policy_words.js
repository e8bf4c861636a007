// What a person can read of each policy element of the page: [{id, version, pieces: [{text, clause, hiding}]}].
// The reasons of `hiding` are those of oversight.seen.Hiding. Run once in a page that has settled.
() => {
  const TINY_PX = 9, CONTRAST = 3, SPOTS = [0.05, 0.25, 0.5, 0.75, 0.95];
  const NO_WORDS = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "TITLE"]);
  const PAINTED = new Set(["IMG", "CANVAS", "VIDEO", "IFRAME", "OBJECT", "EMBED", "svg", "INPUT", "TEXTAREA", "SELECT"]);

  // What lets clicks through is found by elementFromPoint only if it doesn't.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { pointer-events: auto !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  for (const animation of document.getAnimations()) {
    try { animation.finish(); } catch { animation.cancel(); }  // one without an end can't be finished
  }

  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  const colours = new Map();
  const colour = (css) => {  // [red, green, blue, alpha], alpha from 0 to 1
    if (!colours.has(css)) {
      ink.clearRect(0, 0, 1, 1);
      ink.fillStyle = css;
      ink.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
      colours.set(css, [r, g, b, a / 255]);
    }
    return colours.get(css);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => part * a + below[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const ancestors = function* (element) {
    for (let at = element; at; at = at.parentElement) yield at;
  };
  const opacity = (element) => {
    let product = 1;
    for (const at of ancestors(element)) product *= Number(getComputedStyle(at).opacity);
    return product;
  };
  const boxOf = (element) => {
    for (const at of ancestors(element)) if (getComputedStyle(at).display !== "contents") return at;
    return element;
  };
  const scaleOf = (element) => {
    let scale = 1;
    for (const at of ancestors(element)) {
      const transform = getComputedStyle(at).transform;
      if (transform !== "none") {
        const { a, b, c, d } = new DOMMatrixReadOnly(transform);
        scale *= Math.min(Math.hypot(a, b), Math.hypot(c, d));
      }
    }
    return scale;
  };
  const paints = (element, pseudo) => {
    const style = getComputedStyle(element, pseudo);
    if (pseudo && (style.content === "none" || style.content === "normal")) return false;
    if (style.visibility !== "visible" || opacity(element) * (pseudo ? Number(style.opacity) : 1) < 0.1) return false;
    return (!pseudo && PAINTED.has(element.tagName)) || style.backgroundImage !== "none" || colour(style.backgroundColor)[3] > 0.1;
  };
  const covers = (element) => paints(element) || paints(element, "::before") || paints(element, "::after");

  // Cut off by a box around it; what can be scrolled into sight is not cut off.
  const isCutOff = (element, rect) => {
    let { left, right, top, bottom } = rect;
    const line = Math.min(bottom - top, TINY_PX);
    for (let at = boxOf(element); at && at !== document.body && at !== document.documentElement; at = at.parentElement) {
      const style = getComputedStyle(at), box = at.getBoundingClientRect();
      if (style.display === "inline" || style.display === "contents") continue;
      const scrolls = (overflow) => overflow === "auto" || overflow === "scroll";
      const across = style.overflowX !== "visible", down = style.overflowY !== "visible";
      if (across && scrolls(style.overflowX)) [left, right] = [box.left, box.right];
      if (down && scrolls(style.overflowY)) [top, bottom] = [box.top, box.bottom];
      if (across && (Math.min(right, box.right) - Math.max(left, box.left) < (right - left) * 0.9 || box.width < line)) return true;
      if (down && (Math.min(bottom, box.bottom) - Math.max(top, box.top) < (bottom - top) * 0.6 || box.height < line)) return true;
    }
    return false;
  };
  const isOffScreen = (rect) => {
    const root = document.scrollingElement;
    return rect.right + scrollX <= 0 || rect.bottom + scrollY <= 0 ||
      rect.left + scrollX >= Math.max(root.scrollWidth, innerWidth) || rect.top + scrollY >= Math.max(root.scrollHeight, innerHeight);
  };

  const rectsOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((rect) => rect.width >= 1 && rect.height >= 1);
  };
  const coveredOrFaint = (node, element) => {
    const box = boxOf(element), style = getComputedStyle(element), fade = opacity(element);
    box.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    for (let line = 0; line < rectsOf(node).length; line++) {
      let rect = rectsOf(node)[line];
      if (rect.top < 0 || rect.bottom > innerHeight) {
        scrollBy({ top: rect.top - innerHeight / 2, behavior: "instant" });
        rect = rectsOf(node)[line];
      }
      for (const spot of SPOTS) {
        const stack = document.elementsFromPoint(rect.left + rect.width * spot, rect.top + rect.height / 2);
        const depth = stack.indexOf(box);
        if (depth < 0) return "clipped";
        if (stack.slice(0, depth).some(covers)) return "covered";
        const layers = stack.slice(depth).map((at) => colour(getComputedStyle(at).backgroundColor));
        const ground = layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
        const [r, g, b, alpha] = colour(style.webkitTextFillColor);
        if (contrast(over([r, g, b, alpha * fade], ground), ground) < CONTRAST) return "low_contrast";
      }
    }
    return null;
  };
  const hidingOf = (node, element) => {
    if (!boxOf(element).checkVisibility() || getComputedStyle(element).visibility !== "visible") return "style";
    if (opacity(element) < 0.1) return "style";
    for (const at of ancestors(element)) if (/blur|opacity\(/.test(getComputedStyle(at).filter)) return "style";
    if (parseFloat(getComputedStyle(element).fontSize) * scaleOf(element) < TINY_PX) return "tiny";
    const rects = rectsOf(node);
    if (!rects.length) return "clipped";
    if (rects.some(isOffScreen)) return "off_screen";
    if (rects.some((rect) => isCutOff(element, rect))) return "clipped";
    return coveredOrFaint(node, element);
  };

  const wordsOf = (policy) => {
    const pieces = [];
    let before = "";  // white space and line ends since the last words
    const put = (text, element, hiding) => {
      pieces.push({ text: before + text, clause: element.closest("[data-clause]")?.dataset.clause ?? null, hiding });
      before = "";
    };
    const putMade = (element, pseudo) => {
      const style = getComputedStyle(element, pseudo), made = /^"(.*)"$/s.exec(style.content);
      if (made && made[1].trim() && style.display !== "none") put(made[1], element, null);
    };
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) {
        if (node.data.trim()) put(node.data, node.parentElement, hidingOf(node, node.parentElement));
        else before += node.data;
      } else if (node.nodeName === "BR") {
        before += "\n";
      } else if (node.nodeType === Node.ELEMENT_NODE && !NO_WORDS.has(node.tagName)) {
        const isInline = /^(inline|contents|ruby)/.test(getComputedStyle(node).display);
        if (!isInline) before += "\n";
        putMade(node, "::before");
        for (const child of (node.shadowRoot ?? node).childNodes) walk(child);
        putMade(node, "::after");
        if (!isInline) before += "\n";
      }
    };
    walk(policy);
    return pieces;
  };

  const home = [scrollX, scrollY];
  const outermost = [...document.querySelectorAll("[data-policy-id]")].filter((at) => !at.parentElement?.closest("[data-policy-id]"));
  const policies = outermost.map((at) => ({ id: at.dataset.policyId, version: at.dataset.policyVersion ?? null, pieces: wordsOf(at) }));
  scrollTo({ left: home[0], top: home[1], behavior: "instant" });
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  return {
    policies,
    hasConsentForm: document.querySelector("form[data-consent]") !== null,
    canPost: [...document.forms].some((form) => form.method === "post"),
    text: document.body?.innerText ?? "",
    links: [...document.links].map((link) => link.href).filter((href) => /^https?:/.test(href)),
  };
}
