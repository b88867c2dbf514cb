(* The library unix. Each test prints "SUCCESS name", "FAILURE name: why" or "SKIP name: why". *)

let failed = ref 0

let say verdict name why = Printf.printf "%s %s%s\n%!" verdict name (if why = "" then "" else ": " ^ why)

let test name body =
  match body () with
  | () -> say "SUCCESS" name ""
  | exception Unix.Unix_error (Unix.ENOSYS, call, _) -> say "SKIP" name (call ^ " is ENOSYS in a domain")
  | exception error ->
    incr failed;
    say "FAILURE" name (Printexc.to_string error)

let same got wanted = if got <> wanted then failwith "not what it has to be"

let () =
  test "time" (fun () ->
      let before = Unix.gettimeofday () in
      Unix.sleepf 0.05;
      let passed = Unix.gettimeofday () -. before in
      same (passed >= 0.05 && passed < 30.) true;
      let date = Unix.gmtime 951825600. in
      same (date.Unix.tm_year, date.Unix.tm_mon, date.Unix.tm_mday, date.Unix.tm_wday) (100, 1, 29, 2);
      same ((Unix.times ()).Unix.tms_utime >= 0.) true);
  test "who and where" (fun () ->
      same (Unix.getpid () > 0) true;
      same (Unix.getpwuid (Unix.getuid ())).Unix.pw_uid (Unix.getuid ());
      same (String.length (Unix.gethostname ()) > 0) true;
      Unix.putenv "COLOUR" "blue";
      same (Unix.getenv "COLOUR") "blue";
      let here = Unix.getcwd () in
      Unix.chdir "/";
      same (Unix.getcwd ()) "/";
      Unix.chdir here);
  test "files and folders" (fun () ->
      let path = Sys.executable_name in
      let status = Unix.stat path in
      same status.Unix.st_kind Unix.S_REG;
      let file = Unix.openfile path [ Unix.O_RDONLY ] 0 in
      same (Unix.lseek file 0 Unix.SEEK_END) status.Unix.st_size;
      Unix.close file;
      let folder = Unix.opendir (Filename.dirname path) in
      let rec names list = match Unix.readdir folder with
        | name -> names (name :: list)
        | exception End_of_file -> list in
      same (List.mem (Filename.basename path) (names [])) true;
      Unix.closedir folder;
      match Unix.openfile "/no/such" [ Unix.O_RDONLY ] 0 with
      | _ -> failwith "no error"
      | exception Unix.Unix_error (Unix.ENOENT, "open", "/no/such") -> ());
  test "pipes and select" (fun () ->
      let input, output = Unix.pipe () in
      same (Unix.select [ input ] [] [] 0.01) ([], [], []);
      same (Unix.write_substring output "hello" 0 5) 5;
      same (Unix.select [ input ] [ output ] [] (-1.)) ([ input ], [ output ], []);
      let buffer = Bytes.create 10 in
      same (Unix.read input buffer 0 10) 5;
      Unix.set_nonblock input;
      (match Unix.read input buffer 0 10 with
       | _ -> failwith "no error"
       | exception Unix.Unix_error ((Unix.EAGAIN | Unix.EWOULDBLOCK), _, _) -> ());
      Unix.close output;
      same (Unix.read input buffer 0 10) 0;
      Unix.close input);
  test "a connection to oneself" (fun () ->
      let server = Unix.socket Unix.PF_INET Unix.SOCK_STREAM 0 in
      Unix.setsockopt server Unix.SO_REUSEADDR true;
      Unix.bind server (Unix.ADDR_INET (Unix.inet_addr_loopback, 0));
      Unix.listen server 5;
      let client = Unix.socket Unix.PF_INET Unix.SOCK_STREAM 0 in
      Unix.connect client (Unix.getsockname server);
      let accepted, _ = Unix.accept server in
      let output = Unix.out_channel_of_descr client in
      for i = 1 to 1000 do Printf.fprintf output "line %d\n" i done;
      close_out output;
      let input = Unix.in_channel_of_descr accepted in
      let rec count n = match input_line input with _ -> count (n + 1) | exception End_of_file -> n in
      same (count 0) 1000;
      close_in input;
      Unix.close server);
  test "datagrams" (fun () ->
      let receiver = Unix.socket Unix.PF_INET Unix.SOCK_DGRAM 0 in
      Unix.bind receiver (Unix.ADDR_INET (Unix.inet_addr_loopback, 0));
      let sender = Unix.socket Unix.PF_INET Unix.SOCK_DGRAM 0 in
      same (Unix.sendto_substring sender "datagram" 0 8 [] (Unix.getsockname receiver)) 8;
      same (Unix.select [ receiver ] [] [] 10.) ([ receiver ], [], []);
      let buffer = Bytes.create 100 in
      let length, _ = Unix.recvfrom receiver buffer 0 100 [] in
      same (Bytes.sub_string buffer 0 length) "datagram";
      Unix.close sender;
      Unix.close receiver);
  test "names and services" (fun () ->
      same (Unix.string_of_inet_addr (Unix.inet_addr_of_string "10.1.2.3")) "10.1.2.3";
      match Unix.getaddrinfo "127.0.0.1" "80" [ Unix.AI_SOCKTYPE Unix.SOCK_STREAM ] with
      | { Unix.ai_addr = Unix.ADDR_INET (address, 80); _ } :: _ ->
        same (Unix.string_of_inet_addr address) "127.0.0.1"
      | _ -> failwith "no address");
  test "mapped files" (fun () ->
      let file = Unix.openfile Sys.executable_name [ Unix.O_RDONLY ] 0 in
      let bytes = Bigarray.array1_of_genarray (Unix.map_file file Bigarray.char Bigarray.c_layout false [| -1 |]) in
      let length = Bigarray.Array1.dim bytes in
      let magic = String.init 12 (fun i -> bytes.{length - 12 + i}) in
      Unix.close file;
      same magic "Caml1999X030");
  if Sys.getenv_opt "ON_LINUX" = None then
    test "other processes" (fun () -> ignore (Unix.fork ()))
  else say "SKIP" "other processes" "fork is ENOSYS in a domain";
  exit (if !failed = 0 then 0 else 1)
