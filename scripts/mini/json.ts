import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

/** Writes the JSON files of a model that ships with svft. */
export function writeJson(model: string): (name: string, content: unknown) => void {
  const folder = fileURLToPath(new URL(`../../models/${model}/`, import.meta.url))
  mkdirSync(folder, {recursive: true})
  return (name, content) => writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`)
}
