/**
 * What the rest of lwd knows of a project: lwd.yaml, checked and with every default filled in. toolchain/ and xl/ meet
 * here and nowhere else.
 */
export type DomainType = 'auto' | 'pv' | 'pvh';
export const buildProfiles = ['debug', 'release', 'lto'] as const;
export type BuildProfile = (typeof buildProfiles)[number];
export const buildSystems = ['configure', 'cmake', 'meson', 'make'] as const;
export type BuildSystem = (typeof buildSystems)[number];

export interface Project {
  /** Absolute path of the folder that holds lwd.yaml. */
  root: string;
  /** The application's name: its image, its argv[0], and by default its domain. */
  name: string;
  build: {
    /** Absolute paths, sorted, globs expanded. Empty if an existing build system does it. */
    sources: string[];
    external: ExternalBuild | undefined;
    include: string[];
    flags: string[];
    libraries: string[];
    profile: BuildProfile;
    /** Linked with the recorder of lwd/trace.h, as `lwd up --trace` wants; no setting of lwd.yaml. */
    traced?: true;
  };
  /** Packed into the image's read-only root. `source` is absolute, `target` an absolute path in the domain. */
  files: PackedFile[];
  volumes: VolumeSetting[];
  network: NetworkSetting[];
  disks: DiskSetting[];
  args: string[];
  env: Record<string, string>;
  domain: DomainSettings;
  /** Several domains of the image; empty: one, of what is said above. */
  domains: DomainEntry[];
  /** strict: a build fails if the program can reach a call that is refused or faked. */
  posix: 'strict' | 'lax';
  /** What --host takes, or undefined for the default choice. */
  host: string | undefined;
}

/** A project that is built by a build system of its own. */
export interface ExternalBuild {
  system: BuildSystem;
  /** Absolute: the folder with the configure script, CMakeLists.txt, meson.build or Makefile. */
  folder: string;
  /** For configure, cmake, meson setup, or make. */
  arguments: string[];
  /** For make or ninja; empty: the default one. */
  targets: string[];
  /** The ELF that it leaves, relative to its build folder. */
  program: string;
}

export interface PackedFile {
  source: string;
  target: string;
  /** Of a file that a port provides: `source` is its place in the cache, where the build puts it. */
  port?: { name: string; file: string };
}

/** A folder of this machine that the domain sees at `target`, an absolute path there. */
export interface VolumeSetting {
  /** Absolute. */
  source: string;
  target: string;
  readonly: boolean;
}

/** A block device of the domain: a file of this machine, or (below /dev) a device of the host. */
export interface DiskSetting {
  /** Absolute. */
  source: string;
  /** xvda … xvdz. */
  target: string;
  readonly: boolean;
}

/** A network card of the domain. */
export interface NetworkSetting {
  bridge: string;
  /** "dhcp", an IPv4 address with its prefix ("10.0.0.5/24"), or a range for several domains (ranks.ts). */
  ip: string;
  gateway: string | undefined;
  dns: string[];
  /** undefined: xl makes one up. */
  mac: string | undefined;
}

export interface DomainSettings {
  type: DomainType;
  vcpus: number;
  /** Bytes. */
  memory: number;
  /** Bytes, at least `memory`. */
  maxmem: number;
  /** xl's CPU list syntax ("2", "0-3,^1"), undefined for no affinity. */
  cpus: string | undefined;
  on_crash: 'destroy' | 'preserve';
  /** As xl has them; undefined: what the image's devices need (limits.ts). */
  max_event_channels?: number | undefined;
  max_grant_frames?: number | undefined;
  max_maptrack_frames?: number | undefined;
  /** Bytes of its console that dom0 keeps, the last; undefined: 64 MiB. */
  max_console_log?: number | undefined;
}

/** One of `domains:`, with everything that it does not say itself filled in from the project. */
export interface DomainEntry {
  /** Its key in `domains:`. The domain's name is that of the project, a hyphen, and this. */
  name: string;
  /** undefined: one, without a number in its name. */
  count: number | undefined;
  /** Place in the list, and what is waited for; of all if there are several of it. */
  after: { entry: number; condition: 'started' | 'ended' | 'succeeded' }[];
  settings: Pick<Project, 'volumes' | 'network' | 'disks' | 'args' | 'env' | 'domain'>;
}

/** What `lwd build` leaves in `.lwd/`, and what the xl side needs to know of it. Written as manifest.json. */
export interface ImageManifest {
  version: 1;
  name: string;
  /** Paths relative to the manifest's own folder. */
  kernel: { path: string; sha256: string; bytes: number };
  /** The unstripped ELF for symbols. */
  symbols: { path: string };
  /** The link map; undefined if another build system linked. */
  map: { path: string } | undefined;
  /** cpio newc archive of `files:`; undefined if there are none. */
  ramdisk: { path: string; sha256: string; bytes: number } | undefined;
  sysroot: { key: string };
  compiler: string;
  flags: string[];
  sources: { name: string; version: string; sha256: string }[];
}
