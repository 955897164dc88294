import {defineMethod, methodSchema} from './method.ts'

/** Head only: the layers that a task puts on top of a model train whole, and nothing below them does. */
export const head = defineMethod({
  label: 'Head',
  look: {light: '#5f5400', dark: '#f0c040', shape: 'cross', dash: [12, 2, 2, 2, 2, 2]},
  trains: 'head',
  schema: methodSchema('head', "the model's head is trainable, nothing else", {}),
})
