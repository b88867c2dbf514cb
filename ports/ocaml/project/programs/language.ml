(* The language and its standard library. Each test prints "SUCCESS name" or "FAILURE name: why"; on Linux the same. *)

let failed = ref 0

let test name body =
  match body () with
  | () -> Printf.printf "SUCCESS %s\n%!" name
  | exception error ->
    incr failed;
    Printf.printf "FAILURE %s: %s\n%!" name (Printexc.to_string error)

let same got wanted = if got <> wanted then failwith "not what it has to be"

let rec queens size placed =
  if List.length placed = size then 1
  else
    List.init size Fun.id
    |> List.filter (fun column ->
           List.for_all Fun.id
             (List.mapi (fun i other -> other <> column && abs (other - column) <> i + 1) placed))
    |> List.fold_left (fun sum column -> sum + queens size (column :: placed)) 0

exception Custom of int * string

let rec depth n = if n = 0 then 0 else 1 + depth (n - 1)

let rec forever n = 1 + forever (n + 1)

type shape = { name : string; sides : (int * float) list; inner : shape option }

module Names = Map.Make (String)

let () =
  test "eight queens" (fun () -> same (queens 8 []) 92);
  test "hash tables and maps" (fun () ->
      let table = Hashtbl.create 1 in
      for i = 0 to 99_999 do Hashtbl.replace table (string_of_int i) i done;
      same (Hashtbl.fold (fun _ value sum -> sum + value) table 0) 4_999_950_000;
      let names = List.fold_left (fun map word -> Names.add word (String.length word) map) Names.empty [ "b"; "aa" ] in
      same (Names.bindings names) [ ("aa", 2); ("b", 1) ]);
  test "printf, scanf and buffers" (fun () ->
      same (Printf.sprintf "%d %x %s %.3f %e %5s|%-5d|%b %C" (-3) 255 "s" 3.14159 12345.678 "r" 42 true 'c')
        "-3 ff s 3.142 1.234568e+04     r|42   |true 'c'";
      same (Scanf.sscanf "17 word 2.5" "%d %s %f" (fun i s f -> (i, s, f))) (17, "word", 2.5);
      let buffer = Buffer.create 1 in
      for i = 1 to 1000 do Buffer.add_string buffer (string_of_int i) done;
      same (Buffer.length buffer) 2893;
      same (Format.asprintf "@[<v 2>list:@ %a@]" (Format.pp_print_list Format.pp_print_int) [ 1; 2 ]) "list:\n  1\n  2");
  test "floats" (fun () ->
      same (Printf.sprintf "%h %.17g" 1e-300 (sqrt 2.)) "0x1.56e1fc2f8f359p-997 1.4142135623730951";
      same (float_of_string "0x1p-3") 0.125;
      same (Float.round (-2.5)) (-3.);
      same (classify_float (1. /. 0.)) FP_infinite;
      same (Float.fma 2. 3. 4.) 10.);
  test "integers" (fun () ->
      same (Int64.to_string (Int64.mul 0x7fffffffffffL 3L)) "422212465065981";
      same (max_int + 1) min_int;
      same (Int32.to_int (Int32.shift_right_logical (-1l) 28)) 15;
      match 1 / Sys.opaque_identity 0 with _ -> failwith "no error" | exception Division_by_zero -> ());
  test "bigarrays" (fun () ->
      let open Bigarray in
      let matrix = Array2.create float64 c_layout 300 300 in
      Array2.fill matrix 1.5;
      matrix.{299, 299} <- 0.5;
      let sum = ref 0. in
      for i = 0 to 299 do for j = 0 to 299 do sum := !sum +. matrix.{i, j} done done;
      same !sum 134_999.;
      match matrix.{300, 0} with _ -> failwith "no error" | exception Invalid_argument _ -> ());
  test "exceptions" (fun () ->
      (try raise (Custom (7, "seven")) with Custom (n, word) -> same (n, word) (7, "seven"));
      let closed = ref false in
      (try Fun.protect ~finally:(fun () -> closed := true) (fun () -> raise Exit) with Exit -> ());
      same !closed true);
  test "a deep stack, and one that overflows" (fun () ->
      same (depth 100_000) 100_000;
      match forever 0 with _ -> failwith "no error" | exception Stack_overflow -> ());
  test "garbage" (fun () ->
      Gc.set { (Gc.get ()) with Gc.space_overhead = 40 };
      let weak = Weak.create 100 in
      for i = 0 to 99 do Weak.set weak i (Some (Bytes.create 1000)) done;
      let keep = Array.make 1000 [] in
      for i = 0 to 999_999 do
        let slot = i mod 1000 in
        keep.(slot) <- i :: (if i mod 7919 = 0 then [] else keep.(slot))
      done;
      let finalised = ref 0 in
      for _ = 1 to 1000 do Gc.finalise (fun _ -> incr finalised) (ref 0) done;
      Gc.full_major ();
      Gc.compact ();
      same (Weak.check weak 50) false;
      same !finalised 1000;
      same (List.hd keep.(999)) 999_999);
  test "marshalled values" (fun () ->
      let value = { name = "a"; sides = List.init 10_000 (fun i -> (i, float i /. 3.)); inner = None } in
      let value = { value with inner = Some value } in
      let copy : shape = Marshal.from_string (Marshal.to_string value []) 0 in
      same copy value;
      let twice : int -> int = Marshal.from_string (Marshal.to_string (fun x -> 2 * x) [ Marshal.Closures ]) 0 in
      same (twice 21) 42);
  test "random numbers, regular expressions" (fun () ->
      Random.init 42;
      let first = Random.int 1_000_000 in
      Random.init 42;
      same (Random.int 1_000_000) first;
      same (Str.global_replace (Str.regexp "\\([a-z]+\\)=\\([0-9]+\\)") "\\2:\\1" "a=1 bc=22") "1:a 22:bc");
  test "lazy values, sequences, objects, first-class modules" (fun () ->
      let count = ref 0 in
      let value = lazy (incr count; 42) in
      let sum = Lazy.force value + Lazy.force value in
      same (sum, !count) (84, 1);
      same (Seq.unfold (fun n -> if n > 3 then None else Some (n, n + 1)) 1 |> List.of_seq) [ 1; 2; 3 ];
      let counter = object val mutable n = 0 method next = n <- n + 1; n end in
      same (counter#next + counter#next) 3;
      let module M = (val (module Int : Map.OrderedType with type t = int)) in
      same (M.compare 1 2) (-1));
  test "files of the root" (fun () ->
      let input = open_in_bin Sys.executable_name in
      same (in_channel_length input > 1000) true;
      close_in input;
      same (Sys.file_exists "/no/such") false;
      match open_in "/no/such" with _ -> failwith "no error" | exception Sys_error _ -> ());
  exit (if !failed = 0 then 0 else 1)
