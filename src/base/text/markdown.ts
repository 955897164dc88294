/** Escapes markup, HTML and links in a text for Markdown in GitHub's dialect. */
export const escapeMarkdown = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|#~]/g, character => `\\${character}`)
    .replaceAll(/:(?=\/\/)|@|(?<=www)\./gi, character => `&#${character.charCodeAt(0)};`) // addresses become links by themselves
