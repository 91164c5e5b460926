using System.IO.Compression;
using System.Text;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Checkpoints;

/// <summary>Files that are no safetensors are called what they are, whatever their name says.</summary>
public sealed class ForeignFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("GGUF\u0003\0\0\0\0\0\0\0", "is a GGUF file", "Use the .safetensors file")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 4265380512\n", "is a git-LFS pointer", "git lfs pull")]
    [InlineData("<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page", "lumen model pull")]
    [InlineData("\ufeff\n  <html>", "is a web page", "Open its address")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "is a web page (HTML or XML)", "log in")]
    [InlineData("{\"error\": \"Access to model x/y is restricted\"}", "is a JSON text, not weights", "restricted")]
    [InlineData("Entry not found", "is a text, not weights", "Entry not found")]
    [InlineData("\u0008\u0007\u0012\u0007pytorch\0\0", "is an ONNX model", "go to `Estimator`")]
    [InlineData("7z\u00bc\u00af\u0027\u001c\0\0\0", "is a 7z archive", "Unpack it")]
    [InlineData("\u0089PNG\r\n\u001a\n\0\0\0", "is a picture (PNG)", "`Reference`")]
    [InlineData("\u0089HDF\r\n\u001a\n\0\0\0", "is an HDF5 file", "safetensors")]
    public void The_first_bytes_tell(string start, string what, string advice)
    {
        foreach (var name in new[] { "model.safetensors", "model.ckpt", "model.gguf" })
        {
            File.WriteAllBytes(_folder.File(name), start[0] == '\ufeff' ? Encoding.UTF8.GetBytes(start) : Encoding.Latin1.GetBytes(start));
            var message = Assert.Throws<LumenException>(() => SafetensorsFile.Open(_folder.File(name))).Message;
            Assert.Contains($"{name} {what}", message, StringComparison.Ordinal);
            Assert.Contains(advice, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_zip_archive_is_a_pickle_where_it_holds_one()
    {
        var path = _folder.File("model.safetensors");
        Zip(path, "archive/data.pkl", "archive/data/0");
        Assert.Contains("is a pickle", Assert.Throws<LumenException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
        Zip(path, "unet/config.json", "vae/config.json", "a", "b");
        var message = Assert.Throws<LumenException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains(
            "is a zip archive of 4 files (unet/config.json, vae/config.json, a, ...) and no PyTorch file",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains("Unpack it", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pointer_in_a_model_folder_is_named_although_it_is_called_a_pickle()
    {
        File.WriteAllText(
            _folder.File("diffusion_pytorch_model.bin"),
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"
        );
        Assert.Contains(
            "diffusion_pytorch_model.bin is a git-LFS pointer",
            Assert.Throws<LumenException>(() => Checkpoint.Open(_folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    private static void Zip(string path, params string[] names)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var name in names)
            zip.CreateEntry(name).Open().Dispose();
    }
}
