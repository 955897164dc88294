import {dirname} from 'node:path'
import {Fault} from '../base/fault.ts'
import {makeFolder, writeAtomically} from '../base/files.ts'
import {parseObject} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {readText} from '../base/read-text.ts'
import {type CheckReference, referenceSchema} from './gates/reference.ts'

/** Reads what `svft bless` wrote. @throws Fault 'recipe' where it is not there or is something else */
export async function readReference(file: string): Promise<CheckReference> {
  const text = await readText(file)
  if (text === undefined) throw new Fault('recipe', `no such reference; svft bless writes one: ${file}`)
  const {data, error} = referenceSchema.safeParse(json(text, file))
  if (data) return data
  const [{path, message}] = error.issues
  throw new Fault(
    'recipe',
    `${file}: not a reference: ${escapeLine([path.join('.'), message].filter(Boolean).join(': '), 200)}`,
  )
}

/** Writes a reference, whole or not at all, so that a change of it is read line by line. @throws Fault 'io' */
export async function writeReference(file: string, reference: CheckReference): Promise<void> {
  await makeFolder(dirname(file))
  await writeAtomically(file, append => append(Buffer.from(`${lines(reference)}\n`)))
}

function json(text: string, file: string): unknown {
  try {
    return parseObject(text, file)
  } catch (error) {
    throw error instanceof Fault ? new Fault('recipe', error.message) : error
  }
}

/** JSON of two spaces, lists of numbers on one line each. */
const lines = (value: unknown) =>
  JSON.stringify(value, undefined, 2).replaceAll(
    /\[\s+([-\d.e,\s+]+?)\s+\]/g,
    (_, numbers: string) => `[${numbers.replaceAll(/\s+/g, ' ')}]`,
  )
