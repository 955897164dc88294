import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

/**
 * The folder of a config.json that ships with svft: the models of the paper, by their names on the hub. Counting needs
 * no more; weights and tokenizers are not in it.
 */
export function shippedFolder(name: string): string | undefined {
  if (!/^[\w.-]+\/[\w.-]+$/.test(name)) return undefined
  const folder = fileURLToPath(new URL(`../../configs/models/${name}/`, import.meta.url))
  return existsSync(`${folder}config.json`) ? folder : undefined
}
