import {z} from 'zod'
import {hashed} from '../base/run-identity.ts'
import {defineMethod} from './method.ts'

/** No training: the model is scored as it is. */
export const none = defineMethod({
  label: 'Untrained',
  trains: 'nothing',
  schema: z.strictObject(hashed({method: z.literal('none')})).describe('no training: scores the model as it is'),
})
