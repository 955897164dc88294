import {z} from 'zod'
import {hashed, hashedUnless} from '../base/run-identity.ts'

export const targets = z
  .array(z.string().regex(/^[\w-]+(\.[\w-]+)*$/, 'must be parts of a path, like q_proj'))
  .min(1)
  .describe('weights to adapt: a list of parts of their paths, like [q_proj, v_proj]')

export const match = hashedUnless(
  'substring',
  z
    .enum(['suffix', 'substring'])
    .describe('which paths a target matches: those that end in it (PEFT), or contain it anywhere (the official code)'),
)

/** The block `adapter` of a recipe that chooses this method: its name and its settings, all part of a run's identity. */
export const methodSchema = <Name extends string, Settings extends z.core.$ZodLooseShape>(
  method: Name,
  description: string,
  settings: Settings,
) => z.strictObject(hashed({method: z.literal(method), ...settings})).describe(description)
