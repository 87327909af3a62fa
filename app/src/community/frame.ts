const quoted = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** The lines of HTML that show a page inside another one; a group may be called what it wants. */
export const frameOf = (address: string, title: string): string =>
  `<iframe src="${quoted(address)}" title="${quoted(title)}" width="360" height="900"></iframe>`;
