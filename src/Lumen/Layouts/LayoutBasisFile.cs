using System.Security.Cryptography;
using System.Text;
using Lumen.Core.Checkpoints;
using Lumen.Files;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// The two files of a basis: <c>lumen/basis.safetensors</c> (float64) and <c>lumen/layout.json</c>, tied together by the hash over both.
/// </summary>
internal static class LayoutBasisFile
{
    private const string Folder = "lumen";

    public static string HashOf(LayoutBasis basis)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes((basis.Description with { Hash = null, Report = null }).ToJson()));
        foreach (var (name, tensor) in TensorsOf(basis))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {string.Join('x', tensor.shape)}\n"));
            hash.AppendData(tensor.bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static void Save(LayoutBasis basis, string folder)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(TensorPath(folder), TensorsOf(basis), new Dictionary<string, string> { ["lumen.basis_hash"] = basis.Hash });
        var json = Encoding.UTF8.GetBytes((basis.Description with { Hash = basis.Hash }).ToJson());
        AtomicFile.Write(DescriptionPath(folder), stream => stream.Write(json));
    }

    public static LayoutBasis Load(string folder)
    {
        var description = LayoutDescription.FromJson(ReadText(DescriptionPath(folder)), DescriptionPath(folder));
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(TensorPath(folder));
        var (components, channels) = (description.Options.Components, description.Source.Channels);
        var spectrum = Read("spectrum", s => s is [var n] && n >= components && n <= channels, $"[{components}...{channels}]");
        var principal = new PrincipalComponents(
            Read("mean", s => s is [var c] && c == channels, $"[{channels}]"),
            Read("components", s => s is [var n, var c] && n == components && c == channels, $"[{components}, {channels}]"),
            spectrum.data<double>().ToArray(),
            description.TotalVariance,
            description.Cells
        );
        var positions = description.Options.SubtractPositionMean
            ? Read("position_mean", s => s is [var c, > 0, > 0] && c == channels, $"[{channels}, h, w]")
            : null;
        var scales = description.Source.ChannelGroups is null
            ? null
            : Read("component_scales", s => s is [var n] && n == components, $"[{components}]");
        var basis = new LayoutBasis(principal, description with { Hash = null }, positions, scales);
        if (basis.Hash == description.Hash)
            return basis;
        basis.Dispose();
        throw new LumenException(
            LumenErrorKind.Format,
            $"{DescriptionPath(folder)} and {TensorPath(folder)} do not belong together, or one was changed: the hash is "
                + $"{basis.Hash[..12]}, the file says {Short(description.Hash)}. "
                + "Take both files from one basis, or fit it again."
        );

        Tensor Read(string name, Func<IReadOnlyList<long>, bool> fits, string expected)
        {
            if (!file.Entries.TryGetValue(name, out var entry) || entry.DType != ScalarType.Float64 || !fits(entry.Shape))
            {
                var found = entry is null ? "it is missing" : $"found {entry.DType} [{string.Join(", ", entry.Shape)}]";
                throw new LumenException(
                    LumenErrorKind.Format,
                    $"{TensorPath(folder)} does not fit layout.json: the tensor \"{name}\" must be Float64 {expected}, but {found}. "
                        + "Fit the basis again."
                );
            }

            return file.Read(name);
        }
    }

    private static KeyValuePair<string, Tensor>[] TensorsOf(LayoutBasis basis)
    {
        var spectrum = tensor(basis.Principal.Spectrum.ToArray(), dtype: ScalarType.Float64);
        List<KeyValuePair<string, Tensor>> tensors =
        [
            new("mean", basis.Principal.Mean),
            new("components", basis.Principal.Components),
            new("spectrum", spectrum),
        ];
        if (basis.PositionMean is { } positions)
            tensors.Add(new("position_mean", positions));
        if (basis.ComponentScales is { } scales)
            tensors.Add(new("component_scales", scales));
        return [.. tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal)];
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LumenException(
                $"{path} cannot be read: {fault.Message} Give a folder with a fitted layout basis (lumen layout fit makes one).",
                fault
            );
        }
    }

    private static string Short(string? hash) => hash is { Length: > 12 } ? hash[..12] : hash ?? "nothing";

    private static string TensorPath(string folder) => Path.Combine(folder, Folder, "basis.safetensors");

    private static string DescriptionPath(string folder) => Path.Combine(folder, Folder, "layout.json");
}
