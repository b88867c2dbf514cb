(* The library threads. Each test prints "SUCCESS name" or "FAILURE name: why". *)

let failed = ref 0

let test name body =
  match body () with
  | () -> Printf.printf "SUCCESS %s\n%!" name
  | exception error ->
    incr failed;
    Printf.printf "FAILURE %s: %s\n%!" name (Printexc.to_string error)

let same got wanted = if got <> wanted then failwith "not what it has to be"

let () =
  test "threads that are joined" (fun () ->
      let results = Array.make 20 0 in
      let work i = for n = 1 to 1000 do results.(i) <- results.(i) + (n * i) done in
      List.iter Thread.join (List.init 20 (Thread.create work));
      same (Array.fold_left ( + ) 0 results) (500_500 * 190));
  test "a mutex" (fun () ->
      let mutex = Mutex.create () and count = ref 0 in
      let work () =
        for _ = 1 to 1000 do
          Mutex.lock mutex;
          let before = !count in
          Thread.yield ();
          count := before + 1;
          Mutex.unlock mutex
        done in
      List.iter Thread.join (List.init 5 (fun _ -> Thread.create work ()));
      same !count 5000);
  test "a queue with conditions" (fun () ->
      let mutex = Mutex.create () and filled = Condition.create () and emptied = Condition.create () in
      let queue = Queue.create () and sum = ref 0 in
      let consume () =
        for _ = 1 to 10_000 do
          Mutex.lock mutex;
          while Queue.is_empty queue do Condition.wait filled mutex done;
          sum := !sum + Queue.pop queue;
          Condition.signal emptied;
          Mutex.unlock mutex
        done in
      let consumer = Thread.create consume () in
      for i = 1 to 10_000 do
        Mutex.lock mutex;
        while Queue.length queue >= 10 do Condition.wait emptied mutex done;
        Queue.push i queue;
        Condition.signal filled;
        Mutex.unlock mutex
      done;
      Thread.join consumer;
      same !sum 50_005_000);
  test "channels of events" (fun () ->
      let channel = Event.new_channel () in
      let sender = Thread.create (fun () -> for i = 1 to 100 do Event.sync (Event.send channel i) done) () in
      let sum = ref 0 in
      for _ = 1 to 100 do sum := !sum + Event.sync (Event.receive channel) done;
      Thread.join sender;
      same !sum 5050);
  test "a thread waits for a pipe while others work" (fun () ->
      let input, output = Unix.pipe () in
      let got = ref "" in
      let reader = Thread.create (fun () ->
          let buffer = Bytes.create 10 in
          let length = Unix.read input buffer 0 10 in
          got := Bytes.sub_string buffer 0 length) () in
      Thread.delay 0.05;
      same !got "";
      ignore (Unix.write_substring output "ping" 0 4);
      Thread.join reader;
      same !got "ping");
  exit (if !failed = 0 then 0 else 1)
