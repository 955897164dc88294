import type {RunEvent} from '../../src/recipes/events.ts'

/** The text of a warning, but not of one about the score, which means nothing for a tiny model that has hardly trained. */
export const dataWarning = (event: RunEvent): readonly string[] =>
  event.type === 'warning' && !event.text.includes('no higher than') ? [event.text] : []
