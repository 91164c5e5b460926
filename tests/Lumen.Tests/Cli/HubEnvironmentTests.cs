using Lumen.Cli;
using Lumen.Hub;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Cli;

public class HubEnvironmentTests
{
    [Theory]
    [InlineData("HF_HUB_CACHE=/a;HUGGINGFACE_HUB_CACHE=/b;HF_HOME=/c", "/a")]
    [InlineData("HUGGINGFACE_HUB_CACHE=/b;HF_HOME=/c", "/b")]
    [InlineData("HF_HOME=/c;XDG_CACHE_HOME=/d", "/c/hub")]
    [InlineData("XDG_CACHE_HOME=/d", "/d/huggingface/hub")]
    [InlineData("HF_HUB_CACHE= ", "~/.cache/huggingface/hub")]
    [InlineData("HF_HOME=~/models", "~/models/hub")]
    public void The_cache_is_where_the_hubs_own_tools_have_it(string variables, string expected) =>
        Assert.Equal(
            expected.Replace("~", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), StringComparison.Ordinal),
            Read(variables).CacheFolder
        );

    [Theory]
    [InlineData("HF_HUB_OFFLINE=1", true)]
    [InlineData("HF_HUB_OFFLINE=true", true)]
    [InlineData("HF_HUB_OFFLINE=0", false)]
    [InlineData("", false)]
    public void Connections_can_be_switched_off(string variables, bool offline) => Assert.Equal(offline, Read(variables).IsOffline);

    [Fact]
    public void The_token_is_the_variables_or_the_files()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("token"), "from-file\n");
        Assert.Equal("from-file", Read($"HF_HOME={folder.Path}").Token);
        Assert.Equal("from-file", Read($"HF_TOKEN_PATH={folder.File("token")}").Token);
        Assert.Equal("from-variable", Read($"HF_TOKEN=from-variable;HF_HOME={folder.Path}").Token);
        Assert.Null(Read($"HF_HOME={folder.File("elsewhere")}").Token);
    }

    [Fact]
    public void The_endpoint_is_the_hub_or_a_mirror()
    {
        Assert.Equal(HubOptions.DefaultEndpoint, Read("").Endpoint);
        Assert.Equal(new Uri("https://mirror.example/hub"), Read("HF_ENDPOINT=https://mirror.example/hub").Endpoint);
        Assert.Contains(
            "HF_ENDPOINT must be the address",
            Assert.Throws<LumenException>(() => Read("HF_ENDPOINT=mirror")).Message,
            StringComparison.Ordinal
        );
    }

    private static HubOptions Read(string variables)
    {
        var values = variables
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return HubEnvironment.Read(values.GetValueOrDefault);
    }
}
