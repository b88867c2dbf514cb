#!/usr/bin/env node
/** The launcher for work on lwd itself: bundles src/ first (a fraction of a second), then runs as run.js does. */
await import('../scripts/build.js');
await import('./run.js');
