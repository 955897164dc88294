import {parseAddress} from '../file/hub-reference.ts'

/** The size and the number of examples of a published file, or of all files that a pattern names. */
export interface FileSize {
  readonly bytes: number
  readonly examples: number
}

/**
 * Files of the paper's experiments, by repository and file: sizes as the hub lists them (in full, or to three digits),
 * examples as the data sets' own cards count them, and protocols of the paper.
 */
const FILES: Readonly<Record<string, FileSize>> = {
  'meta-math/MetaMathQA-40K MetaMathQA-40K.json': {bytes: 31_076_207, examples: 40_000},
  'openai/gsm8k main/test-00000-of-00001.parquet': {bytes: 419_000, examples: 1319},
  'EleutherAI/hendrycks_math */test-00000-of-00001.parquet': {bytes: 1_860_000, examples: 5000},
  'uoft-cs/cifar100 cifar100/train-00000-of-00001.parquet': {bytes: 119_000_000, examples: 50_000},
  'uoft-cs/cifar100 cifar100/test-00000-of-00001.parquet': {bytes: 23_800_000, examples: 10_000},
  'Donghyun99/Oxford-Flower-102 data/train-*.parquet': {bytes: 43_400_000, examples: 1020},
  'Donghyun99/Oxford-Flower-102 data/validation-*.parquet': {bytes: 43_100_000, examples: 1020},
  'Donghyun99/Oxford-Flower-102 data/test-*.parquet': {bytes: 260_000_000, examples: 6149},
  'ethz/food101 data/train-*.parquet': {bytes: 3_800_000_000, examples: 75_750},
  'ethz/food101 data/validation-*.parquet': {bytes: 1_260_000_000, examples: 25_250},
  'timm/resisc45 data/train-00000-of-00001.parquet': {bytes: 255_000_000, examples: 18_900},
  'timm/resisc45 data/validation-00000-of-00001.parquet': {bytes: 85_100_000, examples: 6300},
  'timm/resisc45 data/test-00000-of-00001.parquet': {bytes: 85_200_000, examples: 6300},
  ...glue('cola', {train: [251_000, 8551], validation: [37_600, 1043]}),
  ...glue('sst2', {train: [3_110_000, 67_349], validation: [72_800, 872]}),
  ...glue('mrpc', {train: [649_000, 3668], validation: [75_700, 408]}),
  ...glue('stsb', {train: [503_000, 5749], validation: [151_000, 1500]}),
  ...glue('qqp', {train: [33_600_000, 363_846], validation: [3_730_000, 40_430]}),
  ...glue('mnli', {train: [52_200_000, 392_702], validation_matched: [1_210_000, 9815]}),
  ...glue('qnli', {train: [17_500_000, 104_743], validation: [873_000, 5463]}),
  ...glue('rte', {train: [584_000, 2490], validation: [69_000, 277]}),
}

function glue(task: string, splits: Readonly<Record<string, readonly [bytes: number, examples: number]>>) {
  return Object.fromEntries(
    Object.entries(splits).map(([split, [bytes, examples]]) => [
      `nyu-mll/glue ${task}/${split}-00000-of-00001.parquet`,
      {bytes, examples},
    ]),
  )
}

/** Files of LLM-Adapters, which are on GitHub, by the end of their path. */
const LLM_ADAPTERS: Readonly<Record<string, FileSize>> = {
  'ft-training_set/commonsense_15k.json': {bytes: 7_000_000, examples: 15_119},
  'dataset/boolq/test.json': {bytes: 2_500_000, examples: 3270},
  'dataset/piqa/test.json': {bytes: 1_100_000, examples: 1838},
  'dataset/social_i_qa/test.json': {bytes: 900_000, examples: 1954},
  'dataset/hellaswag/test.json': {bytes: 10_000_000, examples: 10_042},
  'dataset/winogrande/test.json': {bytes: 500_000, examples: 1267},
  'dataset/ARC-Easy/test.json': {bytes: 1_100_000, examples: 2376},
  'dataset/ARC-Challenge/test.json': {bytes: 600_000, examples: 1172},
  'dataset/openbookqa/test.json': {bytes: 200_000, examples: 500},
}

/** The known size of a source that has not been downloaded. */
export function knownSize(path: string): FileSize | undefined {
  const source = parseAddress(path)
  if (source) return FILES[`${source.name} ${source.file}`]
  const end = Object.keys(LLM_ADAPTERS).find(name => path.replaceAll('\\', '/').endsWith(`/${name}`))
  return end === undefined ? undefined : LLM_ADAPTERS[end]
}
