namespace Lumen.Core.Checkpoints;

/// <summary>Recognises Python pickles, which can run any code while they are read and are therefore refused.</summary>
internal static class Pickle
{
    private static readonly string[] Extensions = [".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle"];

    public static bool HasName(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    public static void RefuseByName(string path)
    {
        if (HasName(path))
            throw Refusal(Checkpoint.Describe(path));
    }

    /// <summary>
    /// A bare pickle (protocols 2 to 5) that goes by another name; archives with one in them are <see cref="ForeignFile"/>'s.
    /// </summary>
    public static void RefuseByContent(ReadOnlySpan<byte> start, string name)
    {
        var bare = start is [0x80, >= 2 and <= 5, (byte)'}' or (byte)']' or (byte)'(' or (byte)'c' or 0x8A or 0x95, ..];
        if (bare && !IsPlausibleLength(start))
            throw Refusal(name);
    }

    public static LumenException Refusal(string name) =>
        new(
            LumenErrorKind.Format,
            $"{name} is a pickle (a PyTorch file that can run code while it is read), which is refused. Use the .safetensors file "
                + "of the same model, "
                + "or convert it to safetensors once with the Python package safetensors: "
                + "save_file({k: v.contiguous() for k, v in torch.load(\"in.bin\", weights_only=True).items()}, \"out.safetensors\", "
                + "{\"format\": \"pt\"})."
        );

    // A safetensors header of a possible size has zeros in the upper half of its length.
    private static bool IsPlausibleLength(ReadOnlySpan<byte> start) => start.Length >= 8 && !start[4..8].ContainsAnyExcept((byte)0);
}
