/*
 * Between front.c and the thread that follows the backends of connected devices. That thread serves one device at a
 * time: what blocks for one delays the news of others.
 */
#ifndef LWD_DRIVERS_FRONT_SERVICE_H
#define LWD_DRIVERS_FRONT_SERVICE_H

#include "drivers/front.h"

/* Reads the backend's state, if it may have changed since it was last read. */
void front_refresh(struct front *front);

/* The backend is not there for us any more. */
bool front_backend_ended(const struct front *front);

/* Has the backend's end reported to the driver from now on; it may have come already. Starts the thread when needed. */
int front_service_add(struct front *front);

/* The watch fired. */
void front_service_wake(void);

/* Returns when the thread does not use the device any more. Not for the thread itself. */
void front_service_remove(struct front *front);

#endif
