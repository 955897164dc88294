import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {execa} from 'execa'
import {Fault} from '../../src/base/fault.ts'
import {readSafetensors, readTensor} from '../../src/weights/safetensors.ts'
import type {Answers} from './ours.ts'

export interface TheirsOptions extends Pick<Answers, 'what'> {
  readonly python: string
  readonly texts: readonly string[]
}

/** Computes transformers' outputs for each token of the texts, one text at a time, and returns its version. */
export async function theirs(
  folder: string,
  {python, texts, what}: TheirsOptions,
): Promise<Pick<Answers, 'rows'> & {readonly versions: string}> {
  const place = await mkdtemp(join(tmpdir(), 'svft-real-'))
  try {
    const file = join(place, 'answers.safetensors')
    const script = fileURLToPath(new URL('answers.py', import.meta.url))
    const asked = JSON.stringify({folder: resolve(folder), what, texts, out: file})
    const {stdout, stderr, failed, shortMessage} = await execa(python, [script], {input: asked, reject: false})
    if (failed) throw new Fault('failed', `${python}: ${stderr.trim().split('\n').at(-1) || shortMessage}`)
    const stored = await readSafetensors(file)
    const rows = await Promise.all(texts.map((_, i) => readTensor(stored[String(i)])))
    return {rows: rows.map(row => row as Float32Array), versions: stdout.trim()}
  } finally {
    await rm(place, {recursive: true, force: true})
  }
}
