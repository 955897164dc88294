import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import sharp from 'sharp'
import type {ModelConfig} from '../../src/models/config.ts'
import {openModel} from '../../src/models/open-model.ts'
import {drawTensors} from '../../src/recipes/training/draw-tensors.ts'
import {random} from '../../src/tensor/random.ts'
import {letters} from '../models/tokenizer.ts'
import {openFolder} from './cleanup.ts'
import {writeCheckpoint, writeLines} from './workplace.ts'

/** Writes a checkpoint as pretraining leaves it: without the head that a task needs. */
async function writeHeadless(folder: string, config: ModelConfig): Promise<void> {
  const model = openModel(config)
  const drawn = drawTensors(model, {deviation: 0.2, random: random(1)})
  const isHead = (name: string) => 'head' in model && model.head.paths.some(path => name.startsWith(`${path}.`))
  const kept = Object.entries(drawn).filter(([name]) => !isHead(name))
  await writeCheckpoint(folder, config, Object.fromEntries(kept))
}

const WORDS = ['a', 'b', 'c', 'd', 'e', 'f']

/** Pairs of words; whether they are one word is the label. */
const pairs = (count: number, seed: number) => {
  const draw = random(seed)
  return Array.from({length: count}, (_, i) => {
    const [one, other] = [draw.int(6), draw.int(6)].map(word => WORDS[word])
    const same = i % 2 === 0
    const second = same ? one : other === one ? WORDS[(WORDS.indexOf(one) + 1) % 6] : other
    return {sentence1: one, sentence2: second, label: same ? 0 : 1}
  })
}

/** Makes a folder to run recipes on texts in: a headless model of `config`, 20 pairs to train on and 8 to be scored on. */
export async function openTextPlace(config: ModelConfig): Promise<string> {
  const folder = openFolder()
  await writeHeadless(join(folder, 'model'), {...config, vocab_size: 11, num_labels: undefined})
  writeFileSync(join(folder, 'model/tokenizer.json'), JSON.stringify(letters()))
  writeLines(join(folder, 'train.jsonl'), pairs(20, 1))
  writeLines(join(folder, 'test.jsonl'), pairs(8, 2))
  return folder
}

const COLOURS = {blue: [40, 60, 200], green: [50, 180, 60], red: [210, 40, 50]} as const

/** Makes a folder of class folders of `count` noisy pictures each of one colour. */
async function writeImages(folder: string, count: number, seed: number): Promise<void> {
  const draw = random(seed)
  for (const [name, colour] of Object.entries(COLOURS)) {
    mkdirSync(join(folder, name), {recursive: true})
    for (let i = 0; i < count; i++) {
      const pixels = Uint8Array.from({length: 6 * 9 * 3}, (_, at) => colour[at % 3] + draw.int(40))
      const file = join(folder, name, `${i}.png`)
      await sharp(pixels, {raw: {width: 9, height: 6, channels: 3}})
        .png()
        .toFile(file)
    }
  }
}

/** Makes a folder to run recipes on images in: a headless model of `config`, 3 classes of 5 images to train on, 2 to be scored on. */
export async function openImagePlace(config: ModelConfig): Promise<string> {
  const folder = openFolder()
  await writeHeadless(join(folder, 'model'), {...config, num_labels: undefined})
  await writeImages(join(folder, 'train'), 5, 1)
  await writeImages(join(folder, 'test'), 2, 2)
  return folder
}
