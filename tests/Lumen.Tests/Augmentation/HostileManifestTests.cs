using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Lumen.Augmentation;
using Lumen.Datasets;
using Xunit;

namespace Lumen.Tests.Augmentation;

/// <summary>
/// A manifest from a stranger: nothing outside its folder is read, nothing is waited for, and numbers stay within bounds.
/// </summary>
public sealed class HostileManifestTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Theory]
    [InlineData("/etc/hostname")]
    [InlineData("../outside.txt")]
    [InlineData("images/../../outside.txt")]
    [InlineData("images\\..\\x.png")]
    [InlineData("/dev/zero")]
    [InlineData("")]
    public void A_name_that_leads_outside_is_refused_and_not_read(string name)
    {
        var output = With(entry => entry["item"] = name);
        var fault = Assert.Single(
            Verification.Run(output).Faults,
            fault => fault.Contains("is no name of a file inside the folder, so it is not looked at", StringComparison.Ordinal)
        );
        Assert.DoesNotContain("SHA-256", fault, StringComparison.Ordinal);
        foreach (var key in new[] { "labels", "extras" })
        {
            output = With(entry => entry[key]![0]!["file"] = name);
            Assert.Contains(
                Verification.Run(output).Faults,
                found => found.Contains("is no name of a file inside the folder", StringComparison.Ordinal)
            );
        }
        output = With(entry => entry["source"] = name);
        Assert.Contains(
            Verification.Run(output).Faults,
            found => found.Contains("is no name of a file inside the folder", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("outside", "leads out of the folder through a link, so it is not looked at")]
    [InlineData("device", "leads out of the folder through a link, so it is not looked at")]
    [InlineData("nowhere", "is missing: it is a link that leads nowhere")]
    [InlineData("itself", "is missing: it is a link that leads nowhere")]
    [InlineData("pipe", "is a pipe or a device instead of a file, so it is not looked at")]
    [InlineData("folder", "is a folder instead of a file")]
    [SupportedOSPlatform("linux")]
    public void What_is_no_ordinary_file_is_refused_and_not_read(string what, string sentence)
    {
        var output = With(entry => entry["item"] = "strange.png");
        var path = Path.Combine(output, "strange.png");
        if (what == "outside")
            File.CreateSymbolicLink(path, "/etc/hostname");
        else if (what == "device")
            File.CreateSymbolicLink(path, "/dev/zero");
        else if (what == "nowhere")
            File.CreateSymbolicLink(path, "gone.png");
        else if (what == "itself")
            File.CreateSymbolicLink(path, "strange.png");
        else if (what == "folder")
            Directory.CreateDirectory(path);
        else
            Process.Start("mkfifo", [path]).WaitForExit();
        Assert.Contains(Verification.Run(output).Faults, fault => fault == $"strange.png {sentence}.");
    }

    [Theory]
    [InlineData("manifest.jsonl")]
    [InlineData("lumen/lists.json")]
    [InlineData("lumen/originals.jsonl")]
    [InlineData("lumen/augmentation.json")]
    [SupportedOSPlatform("linux")]
    public void A_record_that_is_a_pipe_or_a_link_to_the_outside_is_refused(string record)
    {
        var output = With(_ => { });
        var path = Path.Combine(output, record);
        File.Delete(path);
        Process.Start("mkfifo", [path]).WaitForExit();
        Assert.Contains(
            $"{record} is a pipe or a device",
            Assert.Throws<LumenException>(() => Verification.Run(output)).Message,
            StringComparison.Ordinal
        );
        File.Delete(path);
        File.CreateSymbolicLink(path, "/etc/passwd");
        Assert.Contains(
            $"{record} leads out of the folder",
            Assert.Throws<LumenException>(() => Verification.Run(output)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("threads", 200000, "threads must be 0 to 512 but is 200000")]
    [InlineData("batch", 100000, "batch must be 1 to 64 but is 100000")]
    [InlineData("num_inference_steps", 2000000000, "num_inference_steps must be 1 to 1000 but is 2000000000")]
    [InlineData("feather", 100000, "feather must be 0 to 256 but is 100000")]
    [InlineData("working_width", 2000000000, "cannot have been made at 2000000000 x")]
    [InlineData("working_width", -1, "cannot have been made at -1 x")]
    [InlineData("width", 100000000, "cannot have 100000000 x")]
    [InlineData("guidance_scale", 1000, "guidance_scale must be 1 to 50 but is 1000")]
    [InlineData("attempt", 1000000, "attempt must be 0 to 20 but is 1000000")]
    public void A_number_beyond_what_options_may_be_is_refused_before_anything_is_done_by_it(string key, int value, string sentence)
    {
        var output = With(entry => entry[key] = value);
        Assert.Contains(Verification.Run(output).Faults, fault => fault.Contains(sentence, StringComparison.Ordinal));
        var entry = Manifest.Read(output)[0];
        var threads = TorchSharp.torch.get_num_threads();
        Assert.Contains(
            sentence,
            Assert
                .Throws<LumenException>(() => Reproduction.Run(tiny.Generator, entry, DatasetFormats.Open(output), tiny.Fresh() + ".png"))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Equal(threads, TorchSharp.torch.get_num_threads());
    }

    [Fact]
    public void A_working_size_of_other_proportions_than_the_source_is_refused()
    {
        var output = With(entry => entry["working_width"] = 8000);
        var entry = Manifest.Read(output)[0];
        Assert.Contains(
            "cannot have been made at 8000 x",
            Assert
                .Throws<LumenException>(() => Reproduction.Run(tiny.Generator, entry, DatasetFormats.Open(output), tiny.Fresh() + ".png"))
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Line_ends_and_a_mark_of_another_editor_change_nothing()
    {
        var output = With(_ => { });
        var path = Path.Combine(output, "manifest.jsonl");
        var before = Verification.Run(output).Faults.Count;
        File.WriteAllText(path, "\uFEFF" + File.ReadAllText(path).Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n");
        Assert.Equal(before, Verification.Run(output).Faults.Count);
    }

    [Theory]
    [InlineData("labels", "[null]")]
    [InlineData("labels", "null")]
    [InlineData("extras", "[{\"file\": null, \"sha256\": \"00\"}]")]
    [InlineData("model", "\"name\"")]
    [InlineData("seed", "-1")]
    [InlineData("licences", "{\"data\": null}")]
    public void A_value_of_another_kind_is_a_sentence(string key, string json)
    {
        var output = With(entry => entry[key] = JsonNode.Parse(json));
        Assert.Contains(
            "manifest.jsonl, line 1",
            Assert.Throws<LumenException>(() => Verification.Run(output)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Settings_with_a_name_that_is_there_twice_are_a_sentence()
    {
        var output = With(_ => { });
        var path = Path.Combine(output, "lumen", "augmentation.json");
        File.WriteAllText(path, File.ReadAllText(path).TrimEnd().TrimEnd('}') + ",\"feather\": 1, \"feather\": 2}");
        Assert.Contains("twice", Assert.Throws<LumenException>(() => Verification.Run(output)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("manifest", "\"../manifest.jsonl\"")]
    [InlineData("manifest", "\"/etc/manifest.jsonl\"")]
    [InlineData("manifest", "null")]
    [InlineData("lines", "-5")]
    [InlineData("lines", "1e300")]
    [InlineData("sha256", "7")]
    public void A_head_of_another_shape_is_a_sentence(string key, string json)
    {
        var output = With(_ => { });
        var path = Path.Combine(output, "lumen", "manifest.head.json");
        var head = JsonNode.Parse(File.ReadAllText(path))!;
        head[key] = JsonNode.Parse(json);
        File.WriteAllText(path, head.ToJsonString());
        Assert.Contains(
            "manifest.head.json",
            Assert.Throws<LumenException>(() => Verification.Run(output)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_line_without_an_end_does_not_take_all_memory()
    {
        var output = With(_ => { });
        File.AppendAllText(Path.Combine(output, "manifest.jsonl"), new string(' ', 3 << 20) + "\n");
        Assert.Contains("is longer than", Assert.Throws<LumenException>(() => Verification.Run(output)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_is_heard_in_the_middle_of_a_file()
    {
        var output = With(_ => { });
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Verification.Run(output, null, stop.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => ItemHash.OfFile(Path.Combine(output, "manifest.jsonl"), stop.Token));
    }

    // An augmented data set whose manifest has one line, changed.
    private string With(Action<JsonNode> change)
    {
        var output = tiny.Fresh();
        tiny.Run(tiny.Dataset(), output, TinyGenerator.Options with { Limit = 1, Variants = 1 });
        var path = Path.Combine(output, "manifest.jsonl");
        var entry = JsonNode.Parse(File.ReadAllText(path))!;
        change(entry);
        File.WriteAllText(path, entry.ToJsonString() + "\n");
        return output;
    }
}
