/**
 * How far a region is from the point of presence that serves the gateway's calls. On 127.0.0.1 every origin is equally near, so the latency that a
 * probe would measure is derived from the distance between two regions.
 */

/** Latitude and longitude in degrees of the city or state that Azure names as a region's place (Azure geographies, 2026), rounded. */
// biome-ignore format: a table
const PLACES: Record<string, readonly [latitude: number, longitude: number]> = {
  australiacentral: [-35, 149], australiaeast: [-34, 151], australiasoutheast: [-38, 145], austriaeast: [48, 16], belgiumcentral: [51, 4],
  brazilsouth: [-24, -47], canadacentral: [44, -79], canadaeast: [47, -71], centralindia: [19, 74], centralus: [42, -94],
  chilecentral: [-33, -71], denmarkeast: [56, 12], eastasia: [22, 114], eastus: [37, -79], eastus2: [37, -78],
  francecentral: [49, 2], francesouth: [43, 3], germanynorth: [53, 9], germanywestcentral: [50, 9], indonesiacentral: [-6, 107],
  israelcentral: [32, 35], italynorth: [45, 9], japaneast: [36, 140], japanwest: [35, 136], koreacentral: [38, 127],
  koreasouth: [35, 129], malaysiawest: [3, 102], mexicocentral: [21, -100], newzealandnorth: [-37, 175], northcentralus: [42, -88],
  northeurope: [53, -6], norwayeast: [60, 11], norwaywest: [59, 6], polandcentral: [52, 21], qatarcentral: [26, 51],
  southafricanorth: [-26, 28], southafricawest: [-34, 18], southcentralus: [29, -98], southeastasia: [1, 104], southindia: [13, 80],
  spaincentral: [40, -4], swedencentral: [61, 17], switzerlandnorth: [47, 9], switzerlandwest: [46, 6], uaecentral: [24, 54],
  uaenorth: [25, 55], uksouth: [51, -1], ukwest: [51, -3], westcentralus: [41, -105], westeurope: [52, 5],
  westindia: [19, 73], westus: [38, -122], westus2: [47, -120], westus3: [33, -112],
};

const EARTH_RADIUS_KM = 6371;
/** Kilometres per millisecond of a round trip: what Azure's published round-trip times between regions come to (Azure network latency, 2026), within some 20 %. */
const KM_PER_MS = 60;
/** What a probe takes within one region. */
const NEAREST_MS = 2;

/** Milliseconds of a round trip between two regions; undefined when one of them has no known place. Names in any form: "Sweden Central", `swedencentral`. */
export function roundTripMs(from: string | undefined, to: string | undefined): number | undefined {
  const [a, b] = [placeOf(from), placeOf(to)];
  if (!a || !b) return undefined;
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [north, east] = [radians(b[0] - a[0]), radians(b[1] - a[1])];
  const chord = Math.sin(north / 2) ** 2 + Math.cos(radians(a[0])) * Math.cos(radians(b[0])) * Math.sin(east / 2) ** 2;
  return NEAREST_MS + (2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(chord))) / KM_PER_MS;
}

const placeOf = (region: string | undefined) => PLACES[(region ?? "").toLowerCase().replaceAll(" ", "")];
