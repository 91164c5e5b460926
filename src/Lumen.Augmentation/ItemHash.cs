using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lumen.Augmentation;

/// <summary>Numbers that depend on a text alone: the same on every machine, in every order, in every shard.</summary>
internal static class ItemHash
{
    private const int Piece = 1 << 18;
    private const int Bits = 53; // what JSON readers keep of a number

    /// <summary>A whole number of 53 bits.</summary>
    public static ulong Number(string text) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))) >> (64 - Bits);

    /// <summary>A number between 0 and 1, both excluded.</summary>
    public static double Unit(string text) => (Number(text) + 0.5) / (1UL << Bits);

    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    /// <param name="path">The file; others may be writing it.</param>
    /// <param name="stop">Stops in the middle of it.</param>
    public static string OfFile(string path, CancellationToken stop = default)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Piece];
        for (int count; (count = stream.Read(buffer)) > 0; )
        {
            stop.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of bytes, lower-case hexadecimal.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
