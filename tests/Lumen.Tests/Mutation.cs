using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using CsCheck;
using Xunit;

namespace Lumen.Tests;

/// <summary>Random damage to files that someone may have got from anywhere.</summary>
internal static class Mutation
{
    private const double LongestSeconds = 10; // for one reading; the files are tiny
    private static readonly string[] Tokens =
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "true",
        "-1",
        "0",
        "1e99",
        "4294967296",
        "9223372036854775807",
        "18446744073709551615",
        "F64",
        "BOOL",
        "data_offsets",
        "shape",
        "dtype",
        "__metadata__",
        "\\ud800",
        "\u0000",
    ];

    // Where, what, how much: (kind, position, value, length).
    public static readonly Gen<(int Kind, int Position, int Value, int Length)> Change = Gen.Select(
        Gen.Int[0, 6],
        Gen.Int[0, 1 << 20],
        Gen.Int[0, 1 << 20],
        Gen.Int[1, 64]
    );

    /// <summary>
    /// Damages a file again and again, and reads it each time: the only exception is a sentence for the user, and nothing is allocated on
    /// the file's word.
    /// </summary>
    /// <param name="path">A sound file; it is sound again afterwards.</param>
    /// <param name="count">How often.</param>
    /// <param name="read">Reads it, and uses what it got.</param>
    /// <param name="megabytes">What one reading may allocate.</param>
    public static void Survive(string path, int count, Action read, long megabytes = 16)
    {
        var seed = File.ReadAllBytes(path);
        read();
        var isBinary = path.EndsWith(".safetensors", StringComparison.Ordinal);
        try
        {
            Change
                .Array[1, 3]
                .Sample(
                    changes =>
                    {
                        // Only the header of a binary file is worth damaging, and its length goes with it.
                        File.WriteAllBytes(
                            path,
                            changes.Aggregate(
                                seed,
                                (file, change) => isBinary ? Apply(file, change) : Apply(file, change with { Value = change.Value | 1 })
                            )
                        );
                        var (before, watch) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
                        try
                        {
                            read();
                        }
                        catch (LumenException error)
                        {
                            Assert.True(error.Message.Length > 20, $"\"{error.Message}\" does not help.");
                        }
                        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                        Assert.True(allocated < megabytes << 20, $"{allocated} bytes were allocated.");
                        Assert.True(watch.Elapsed.TotalSeconds < LongestSeconds, $"Reading took {watch.Elapsed.TotalSeconds:0.0} s.");
                    },
                    iter: count,
                    threads: 1
                );
        }
        finally
        {
            File.WriteAllBytes(path, seed);
        }
    }

    /// <summary>The file with one change.</summary>
    public static byte[] Apply(byte[] file, (int Kind, int Position, int Value, int Length) change)
    {
        if (file.Length == 0)
            return file;
        var at = change.Position % file.Length;
        var length = Math.Min(change.Length, file.Length - at);
        var copy = file.ToArray();
        switch (change.Kind)
        {
            case 0: // one bit
                copy[at] ^= (byte)(1 << (change.Value & 7));
                return copy;
            case 1: // one byte
                copy[at] = (byte)change.Value;
                return copy;
            case 2: // cut the end
                return copy[..at];
            case 3: // cut out
                return Repair([.. copy[..at], .. copy[(at + length)..]], change.Value);
            case 4: // repeat a piece
                return Repair([.. copy[..(at + length)], .. copy[at..]], change.Value);
            case 5: // put a telling piece of JSON in
            {
                var token = Encoding.UTF8.GetBytes(Tokens[change.Value % Tokens.Length]);
                return Repair([.. copy[..at], .. token, .. copy[at..]], change.Value);
            }
            default: // another digit, which makes other sizes and offsets
                var digits = Enumerable.Range(0, copy.Length).Where(index => char.IsAsciiDigit((char)copy[index])).ToArray();
                if (digits.Length > 0)
                    copy[digits[change.Position % digits.Length]] = (byte)('0' + change.Value % 10);
                return copy;
        }
    }

    // Half of the time the length is made to fit the changed header again, so that the mutation reaches the JSON.
    private static byte[] Repair(byte[] file, int value)
    {
        var end = Array.LastIndexOf(file, (byte)'}') + 1;
        if ((value & 1) == 0 && file.Length >= sizeof(ulong) && end > sizeof(ulong))
            BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)(end - sizeof(ulong)));
        return file;
    }
}
