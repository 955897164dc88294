const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'}

/** Escapes a text for HTML, SVG or XML, between tags and in attributes. */
export const escapeMarkup = (text: string): string => text.replaceAll(/[&<>"']/g, character => ENTITIES[character])
