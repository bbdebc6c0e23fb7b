import { startEngine } from '../../../../infra/local/dynoxide.ts';

/** A process that holds an engine until it is killed; says where the engine answers. */
const { endpoint } = await startEngine({ dbPath: process.argv[2] ?? '' });
process.stdout.write(`${endpoint}\n`);
setInterval(() => undefined, 60_000);
