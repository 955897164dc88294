import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {openFolder} from './cleanup.ts'

/** Writes values as the lines of a new file. */
export function jsonLines(...values: unknown[]): string {
  const file = join(openFolder(), 'data.jsonl')
  writeFileSync(file, values.map(value => `${JSON.stringify(value)}\n`).join(''))
  return file
}

/** Makes a folder of so many class folders of an empty image each. */
export function classFolders(count: number): string {
  const root = openFolder()
  for (let i = 0; i < count; i++) {
    mkdirSync(join(root, `class ${1000 + i}`))
    writeFileSync(join(root, `class ${1000 + i}`, 'a.png'), '')
  }
  return root
}
