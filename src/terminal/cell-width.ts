import stringWidth from 'string-width'

/** The width of a text in cells of a terminal: East Asian characters and emoji take two, combining marks of any script none. */
export const cellWidth = (text: string): number => stringWidth(text.replace(/(?!\ufe0f)\p{M}/gu, ''))
