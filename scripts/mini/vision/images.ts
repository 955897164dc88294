import sharp from 'sharp'

/** Images of one size with their labels. */
export interface Drawings {
  readonly classes: readonly string[]
  readonly side: number
  readonly images: readonly {readonly label: number; readonly grey: Uint8Array}[]
}

/**
 * Writes a Parquet file in the form of the hub's image datasets: `image`, a PNG with a name, and `label`. The names of the
 * classes are in the metadata of Hugging Face's datasets.
 */
export async function writeImages(file: string, {classes, side, images}: Drawings): Promise<void> {
  const {parquetWriteFile} = await import('hyparquet-writer')
  const pngs: {bytes: Uint8Array; path: string}[] = []
  for (const [i, {label, grey}] of images.entries()) {
    const raw = {width: side, height: side, channels: 1} as const
    const bytes = await sharp(grey, {raw}).toColourspace('b-w').png({compressionLevel: 9}).toBuffer()
    pngs.push({bytes: new Uint8Array(bytes), path: `${classes[label]}/${i}.png`})
  }
  const info = {features: {image: {_type: 'Image'}, label: {names: classes, _type: 'ClassLabel'}}}
  await parquetWriteFile({
    filename: file,
    schema: [
      {name: 'root', num_children: 2},
      {name: 'image', num_children: 2, repetition_type: 'OPTIONAL'},
      {name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL'},
      {name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL'},
      {name: 'label', type: 'INT64', repetition_type: 'OPTIONAL'},
    ],
    columnData: [
      {name: 'image', data: pngs},
      {name: 'label', data: images.map(({label}) => BigInt(label))},
    ],
    rowGroupSize: 1000,
    statistics: false,
    kvMetadata: [{key: 'huggingface', value: JSON.stringify({info})}],
  })
}
