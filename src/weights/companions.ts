import {readdir, realpath} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {writeBytes} from '../base/files.ts'
import {readWhole} from '../base/read-file.ts'

/**
 * Copies the tokenizer and other small files of a model's folder, so that the copy reads and writes the same texts. The
 * tokenizer may be one in another folder.
 *
 * @throws Fault 'input' if one is a link to another file of the user's, which would be published with the copy
 */
export async function copyCompanions(
  from: string,
  to: string,
  {tokenizer = from}: {readonly tokenizer?: string | undefined} = {},
): Promise<void> {
  await copyFiles(TOKENIZER_FILES, tokenizer, to)
  await copyFiles(OTHER_COMPANIONS, from, to)
}

async function copyFiles(names: readonly string[], from: string, to: string): Promise<void> {
  const there = await readdir(from)
  for (const name of names.filter(name => there.includes(name))) {
    const path = join(from, name)
    const bytes = await readWhole(path)
    const target = await realpath(path)
    if (basename(target) !== name && !HASH.test(basename(target)))
      throw new Fault('input', `${path} is a link to ${target}; if it is part of the model, put a copy in its place`)
    await writeBytes(join(to, name), bytes)
  }
}

/** A file's name in the cache of the hub, in that of DVC and in git-annex: the hash of its content. */
const HASH = /^([0-9a-f]{30,}|(SHA256|MD5)E?-s\d+--.+)$/

const TOKENIZER_FILES: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'spm.model',
  'sentencepiece.bpe.model',
  'tokenizer.model',
  'chat_template.jinja',
  'chat_template.json',
]

const OTHER_COMPANIONS: readonly string[] = ['generation_config.json', 'preprocessor_config.json']

/** The small files beside a model's weights that are read, but for config.json. */
export const COMPANIONS: readonly string[] = [...TOKENIZER_FILES, ...OTHER_COMPANIONS]
