import {defineMethod, methodSchema} from './method.ts'

/** Full fine-tuning: every weight of the model trains. W′ = W. */
export const full = defineMethod({
  label: 'Full',
  trains: 'everything',
  schema: methodSchema('full', 'every weight is trainable', {}),
})
