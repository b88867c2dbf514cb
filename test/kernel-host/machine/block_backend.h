/*
 * The other side of one disk, "xvda": honest as xen-blkback is, or lying as a fuzzer's input says.
 */
#ifndef LWD_MACHINE_BLOCK_BACKEND_H
#define LWD_MACHINE_BLOCK_BACKEND_H

#include "machine.h"

#define BLOCK_FRONT MACHINE_HOME "device/vbd/51712"
#define BLOCK_BACK "/local/domain/0/backend/vbd/7/51712"
#define BLOCK_DISK_BYTES (256u << 10)

struct block_done {
    uint8_t operation;
    uint64_t sector;
};

struct block_backend {
    unsigned char disk[BLOCK_DISK_BYTES];
    struct choices *choices;    /* what lies it tells; null: none */
    unsigned order;             /* of the ring */
    uint32_t consumed, produced;
    bool deaf;                  /* it answers nothing */
    bool reversed;              /* … the newest first */
    int16_t status;             /* of its answers */
    bool lied;                  /* since it began */
    bool keeps;                 /* it keeps every grant of data mapped, as feature-persistent says */
    unsigned requests;          /* that it has carried out; `log` has the latest, in a ring */
    struct block_done log[64];
    bool gone;
};

extern struct block_backend block_backend;

/* Writes the nodes of a disk that waits for its frontend, and has the backend play its part. */
void block_backend_begin(struct choices *choices);

/* Takes all its nodes away, as a toolstack does. */
void block_backend_vanish(void);

/* One response, whatever it says; and what the frontend is to see of them. */
void block_backend_respond(uint64_t id, uint8_t operation, int16_t status);
void block_backend_publish(void);

#endif
