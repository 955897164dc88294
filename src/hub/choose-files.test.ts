import {expect, test} from 'vitest'
import {type Choose, filesLike, modelFiles} from './choose-files.ts'

const chosen = (choose: Choose, ...paths: readonly string[]) =>
  choose(paths.map(path => ({path, bytes: 1, gitOid: 'a'.repeat(40)}))).map(({path}) => path)

test('* and ? match parts of a name, ** any folders', () => {
  const files = [
    'a.txt',
    'b/a.txt',
    'b/c/a.txt',
    'b/train-0.parquet',
    'b/train-10.parquet',
    'b/trainX0.parquet',
    'b/(1)+.txt',
  ]
  const like = (pattern: string) => chosen(filesLike(pattern), ...files)
  expect(like('a.txt')).toEqual(['a.txt'])
  expect(like('*.txt')).toEqual(['a.txt'])
  expect(like('**/a.txt')).toEqual(['a.txt', 'b/a.txt', 'b/c/a.txt'])
  expect(like('b/**')).toEqual(files.slice(1))
  expect(like('b/train-?.parquet')).toEqual(['b/train-0.parquet'])
  expect(like('b/train-*.parquet')).toEqual(['b/train-0.parquet', 'b/train-10.parquet'])
  expect(like('b/(1)+.txt')).toEqual(['b/(1)+.txt'])
})

test('shards of safetensors are chosen with their index, and no other files', () => {
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
  const others = [
    'adapter_model.safetensors',
    'consolidated.safetensors',
    'pytorch_model-00001-of-00001.bin',
    'pytorch_model.bin.index.json',
  ]
  expect(chosen(modelFiles, 'config.json', 'model.safetensors.index.json', ...shards, ...others)).toEqual([
    'config.json',
    'model.safetensors.index.json',
    ...shards,
  ])
  expect(chosen(modelFiles, 'config.json', 'model.safetensors', 'model.safetensors.index.json', ...shards)).toEqual([
    'config.json',
    'model.safetensors',
  ])
})

test.each([
  [
    'model.safetensors.index.json',
    ['pytorch_model-00001-of-00002.safetensors', 'pytorch_model-00002-of-00002.safetensors'],
  ],
  ['model.safetensors.index.json', ['model.safetensors-00001-of-00001.safetensors']],
  ['model.safetensors.index.json', ['model.fp16-00001-of-00002.safetensors', 'model.fp16-00002-of-00002.safetensors']],
  ['model.safetensors.index.json', ['model-embed.safetensors', 'layers-0.safetensors', 'layers-1.safetensors']],
  ['model.safetensors.index.json', ['model-00001-of-00002.safetensors', 'head-00002-of-00002.safetensors']],
  ['pytorch_model.bin.index.json', ['model-00001-of-00002.bin', 'model-00002-of-00002.bin']],
])('beside a %s whose shards have other names, %j are chosen', (index, shards) => {
  const others = [
    ...['original/consolidated.safetensors', 'original/model.bin', 'README.md', 'consolidated.safetensors'],
    ...['training_args.bin', 'optimizer.bin', 'scheduler.bin', 'rng_state_0.bin'],
  ]
  expect(chosen(modelFiles, 'config.json', index, ...shards, ...others)).toEqual(['config.json', index, ...shards])
})

test('a SentencePiece model is chosen by any of its names', () => {
  const files = ['config.json', 'model.safetensors', 'sentencepiece.bpe.model', 'spm.model', 'tokenizer.model']
  expect(chosen(modelFiles, ...files, 'other.model')).toEqual(files)
})

test('PyTorch weights are chosen if there are no safetensors, as for deberta-v3-base', () => {
  const files = [
    '.gitattributes',
    'README.md',
    'config.json',
    'generator_config.json',
    'pytorch_model.bin',
    'pytorch_model.generator.bin',
    'rust_model.ot',
    'spm.model',
    'tf_model.h5',
    'tokenizer_config.json',
  ]
  expect(chosen(modelFiles, ...files)).toEqual([
    'config.json',
    'pytorch_model.bin',
    'spm.model',
    'tokenizer_config.json',
  ])
})

test('a repository without a model is refused', () => {
  expect(() => chosen(modelFiles, 'model.safetensors')).toThrow('has no config.json: not a model')
  expect(() => chosen(modelFiles, 'config.json')).toThrow(
    /has no weights that svft reads, model\.safetensors or pytorch_model\.bin$/,
  )
})
