using System.Buffers.Binary;
using System.Text;
using Lumen.Core.Checkpoints;
using Xunit;

namespace Lumen.Tests.Core.Checkpoints;

/// <summary>Builds safetensors files byte by byte, right or wrong.</summary>
internal static class HostileFile
{
    public static byte[] Bytes(string header, int dataBytes = 0, ulong? claimedHeader = null)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[sizeof(ulong) + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimedHeader ?? (ulong)json.Length);
        json.CopyTo(file, sizeof(ulong));
        return file;
    }

    public static string Entry(string name, string dtype, string shape, long begin, long end) =>
        $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{begin},{end}]}}";

    /// <summary>Opens and reads everything; the message of the refusal, or null where the file is sound.</summary>
    public static string? Refusal(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            foreach (var name in file.Entries.Keys)
                file.Read(name).Dispose();
            return null;
        }
        catch (LumenException error)
        {
            return error.Message;
        }
    }

    public static void AssertRefused(string path, byte[] content, params string[] fragments)
    {
        File.WriteAllBytes(path, content);
        var message = Refusal(path);
        Assert.NotNull(message);
        Assert.Contains(Path.GetFileName(path), message, StringComparison.Ordinal);
        Assert.All(fragments, fragment => Assert.Contains(fragment, message, StringComparison.Ordinal));
    }
}
