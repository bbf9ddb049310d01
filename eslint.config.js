// The rules for the page's modules: the recommended ones, and those that keep a file to one idea.
import js from "@eslint/js";

const BROWSER = [
  "document", "window", "location", "history", "fetch", "Response", "Blob", "DecompressionStream", "Element", "Event",
  "HTMLElement", "HTMLCanvasElement", "HTMLInputElement", "ImageData", "IntersectionObserver", "ResizeObserver", "URLSearchParams",
  "requestAnimationFrame", "cancelAnimationFrame", "matchMedia", "performance", "atob", "devicePixelRatio", "getComputedStyle",
  "setTimeout", "clearTimeout", "TextDecoder", "URL", "console", "localStorage", "addEventListener", "navigator", "customElements",
  "createImageBitmap", "structuredClone", "Path2D", "queueMicrotask", "scrollTo", "innerWidth", "AbortController",
];

export default [
  { ignores: [".venv/", "runs/", "build/"] },
  { files: ["src/fivebyfive/views/page/js/**/*.js"], ...js.configs.recommended },
  {
    files: ["src/fivebyfive/views/page/js/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: Object.fromEntries(BROWSER.map((name) => [name, "readonly"])) },
    rules: {
      "max-lines": ["error", 300],
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
      curly: ["error", "multi-line"],
      complexity: ["error", 16],
      "no-restricted-properties": ["error", { property: "innerHTML", message: "Text from a user's code must never become markup." }],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "The file joins the modules into one script: export by name." },
        { selector: "ImportNamespaceSpecifier", message: "The file joins the modules into one script: import by name." },
      ],
    },
  },
];
