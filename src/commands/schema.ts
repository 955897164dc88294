import {BaseCommand} from './base.ts'

export default class Schema extends BaseCommand {
  static override summary = 'Print the JSON Schema of recipe files'

  static override description = `Editors with yaml-language-server complete and validate recipes with it.

Write it to a file, and name that file in the first line of a recipe:

  # yaml-language-server: $schema=../recipe.schema.json

or, in the settings of VS Code, for all recipes at once:

  "yaml.schemas": {"./recipe.schema.json": "configs/**/*.yaml"}

The schema requires no key, since a recipe may inherit any of them (extends), and allows null, which removes an inherited value. svft reports missing keys when it reads a recipe.`

  static override examples = ['<%= config.bin %> <%= command.id %> > recipe.schema.json']

  async run(): Promise<object> {
    await this.parse(Schema)
    const {editorJsonSchema} = await import('../recipes/file/json-schema.ts')
    const shape = editorJsonSchema()
    this.log(JSON.stringify(shape, undefined, 2))
    return shape
  }
}
