using System.Text;
using System.Text.Json;
using Xunit;

namespace Lumen.Tests.Hub;

/// <summary>A hub that means harm, and a cache that was damaged.</summary>
public class HostileHubTests
{
    [Fact]
    public async Task A_list_without_an_end_is_left_at_16_MB()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan("LIST", new HubFaultPlan { Content = Encoding.ASCII.GetBytes(new string(' ', 1 << 16)), IsEndless = true });
        await fixture.Refused("its list is longer than 16 MB");
        Assert.InRange(fixture.Hub.EndlessBytes, 1, 64 << 20); // what lies in buffers between both sides comes on top
    }

    [Fact]
    public async Task A_list_of_too_many_files_is_refused()
    {
        using var fixture = new PullFixture();
        var files = Enumerable.Range(0, 100_001).Select(number => new { rfilename = $"{number}.json" });
        fixture.Hub.Plan(
            "LIST",
            new HubFaultPlan { Content = JsonSerializer.SerializeToUtf8Bytes(new { sha = FakeHub.Commit, siblings = files }) }
        );
        await fixture.Refused("it lists 100001 files, more than the 100000 that are read");
    }

    [Theory]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("{\"sha\": null, \"siblings\": null}")]
    [InlineData("{\"sha\": \"0123456789abcdef0123456789abcdef01234567\", \"siblings\": [1, {\"rfilename\": 3}]}")]
    [InlineData("{\"sha\": \"0123456789abcdef0123456789abcdef01234567\", \"siblings\": [{\"rfilename\": \"\\ud800.json\"}]}")]
    public async Task A_list_of_another_shape_is_a_sentence(string json)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan("LIST", new HubFaultPlan { Content = Encoding.UTF8.GetBytes(json) });
        await fixture.Refused("The hub's list of the files of org/tiny cannot be read");
    }

    [Theory]
    [InlineData("\u009b2Jevil.json")]
    [InlineData("\u007f.txt")]
    [InlineData("line\nbreak.json")]
    public async Task A_file_name_with_control_characters_is_refused(string name)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Listed = ["model.safetensors", name];
        await fixture.Refused("it holds a file whose name is not a plain relative path");
    }

    [Fact]
    public async Task A_file_that_is_also_a_folder_is_refused()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Listed = ["model.safetensors", "model.safetensors/x.json"];
        await fixture.Refused("it holds model.safetensors/x.json in a folder that is a file");
    }

    [Theory]
    [InlineData("//[")]
    [InlineData("http://[::1")]
    [InlineData("http://localhost:99999/x")]
    [InlineData("http:///x")]
    [InlineData("http://a b/")]
    [InlineData("http://user:secret@localhost/")]
    public async Task A_redirect_to_what_is_no_address_is_a_sentence(string location)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan("LIST", new HubFaultPlan { Status = 302, Headers = [$"Location: {location}"] });
        await fixture.Refused("The hub's answer about org/tiny cannot be trusted: its list is redirected to");
    }

    [Fact]
    public async Task A_blob_with_another_content_of_the_same_length_is_fetched_again()
    {
        using var fixture = new PullFixture();
        var first = await fixture.Pull();
        var weights = Path.Combine(first.Folder, "model.safetensors");
        File.WriteAllBytes(weights, new byte[fixture.Hub.Files["model.safetensors"].Length]); // through the link, into the blob
        fixture.Options = fixture.Options with { IsOffline = true };
        await fixture.RefusedAsDamaged(
            "model.safetensors of org/tiny in the hub's cache is missing or has another content than its hash says"
        );
        fixture.Options = fixture.Options with { IsOffline = false };
        await fixture.Pull();
        Assert.Equal(fixture.Hub.Files["model.safetensors"], File.ReadAllBytes(weights));
        Assert.Equal(2, fixture.Hub.Downloads.Count()); // the weights, twice; small files come from the other host
    }
}
