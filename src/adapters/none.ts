import {defineMethod} from './method.ts'
import {methodSchema} from './schema-parts.ts'

/** No training: the model is scored as it is. */
export const none = defineMethod({
  label: 'Untrained',
  trains: 'nothing',
  schema: methodSchema('none', 'no training: scores the model as it is', {}),
})
