/** Says where the numbers of an answer are from while Prometheus is configured but unavailable. */
export const FROM_MEMORY = "from this exporter's memory instead of Prometheus";
