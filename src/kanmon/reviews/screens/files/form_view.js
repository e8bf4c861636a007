// Both controls of a consent form as they are drawn, and the page's words outside the policy. See ControlView.
(form, { accepts, refuses }) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  const colour = (css) => {
    ink.clearRect(0, 0, 1, 1);
    ink.fillStyle = css;
    ink.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
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
  const groundOf = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(colour(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const view = (control) => {
    if (!control) return null;
    const style = getComputedStyle(control), box = control.getBoundingClientRect(), ground = groundOf(control);
    let opacity = 1;
    for (let at = control; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const [r, g, b, a] = colour(style.color);
    return {
      words: control.innerText || control.value || control.getAttribute("aria-label") || "",
      width: box.width, height: box.height, top: box.top + scrollY, font: parseFloat(style.fontSize),
      contrast: contrast(over([r, g, b, a * opacity], ground), ground),
      fill: contrast(ground, groundOf(control.parentElement)),
      has_border: parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none" && colour(style.borderTopColor)[3] > 0.1,
      is_shown: control.checkVisibility() && opacity >= 0.1 && box.width > 0 && box.height > 0,
      is_enabled: !control.disabled, is_reached_by_key: control.tabIndex >= 0,
    };
  };
  const words = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) words.push(node.data);
    else if (node.nodeType === Node.ELEMENT_NODE && !/^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE|NAV|FOOTER|BUTTON|OPTION)$/.test(node.tagName)
             && !node.matches("[data-policy-id]") && node.checkVisibility()) {
      const isInline = getComputedStyle(node).display.startsWith("inline");
      if (!isInline) words.push("\n");
      for (const child of node.childNodes) walk(child);
      if (!isInline) words.push("\n");
    }
  };
  walk(document.body);
  return { agreeing: view(form.querySelector(accepts)), refusing: view(form.querySelector(refuses)), text: words.join("") };
}
