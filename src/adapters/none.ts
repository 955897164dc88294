import {defineMethod, methodSchema} from './method.ts'

/** No training: the model is scored as it is. */
export const none = defineMethod({
  label: 'Untrained',
  trains: 'nothing',
  schema: methodSchema('none', 'no training: scores the model as it is', {}),
})
