import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

/**
 * The folder of a config.json that ships with svft, for a model of the paper, by its name on the hub or a path that ends in
 * it. A config is enough to count parameters; there are no weights and no tokenizers.
 */
export function shippedFolder(model: string): string | undefined {
  const name = /(?:^|[\\/])([\w-][\w.-]*)[\\/]([\w-][\w.-]*)[\\/]?$/.exec(model)?.slice(1).join('/')
  const folder = name && fileURLToPath(new URL(`../../configs/models/${name}/`, import.meta.url))
  return folder && existsSync(`${folder}config.json`) ? folder : undefined
}
