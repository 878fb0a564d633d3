import org.apache.jmeter.config.Arguments;
import org.apache.jmeter.control.LoopController;
import org.apache.jmeter.engine.StandardJMeterEngine;
import org.apache.jmeter.protocol.http.sampler.HTTPSamplerProxy;
import org.apache.jmeter.reporters.ResultCollector;
import org.apache.jmeter.testelement.TestPlan;
import org.apache.jmeter.threads.ThreadGroup;
import org.apache.jmeter.timers.ConstantTimer;
import org.apache.jmeter.util.JMeterUtils;
import org.apache.jorphan.collections.HashTree;
import org.apache.jorphan.collections.ListedHashTree;

/** 100 threads that start within 100 s and think for 0.9 s; built here since Debian's JMeter 2.13 cannot load a plan. */
public class PlantedRamp {
    public static void main(String[] words) throws Exception {
        JMeterUtils.setJMeterHome("/usr/share/jmeter");
        JMeterUtils.loadJMeterProperties("/usr/share/jmeter/bin/jmeter.properties");
        JMeterUtils.setProperty("jmeter.save.saveservice.output_format", "csv");
        JMeterUtils.setProperty("jmeter.save.saveservice.print_field_names", "true");
        JMeterUtils.setProperty("jmeter.save.saveservice.thread_counts", "true");
        JMeterUtils.setProperty("jmeterengine.force.system.exit", "true");
        JMeterUtils.initLocale();

        HTTPSamplerProxy get = new HTTPSamplerProxy("HttpClient4");
        get.setName("GET /invoices");
        get.setDomain("127.0.0.1");
        get.setPort(Integer.parseInt(words[0]));
        get.setPath("/invoices");
        get.setMethod("GET");
        get.setUseKeepAlive(true);
        get.setArguments(new Arguments());

        LoopController forever = new LoopController();
        forever.setLoops(-1);
        forever.setContinueForever(true);
        forever.setFirst(true);
        forever.initialize();

        ThreadGroup users = new ThreadGroup();
        users.setName("users");
        users.setNumThreads(Integer.parseInt(words[2]));
        users.setRampUp(Integer.parseInt(words[3]));
        users.setScheduler(true);
        users.setDuration(Integer.parseInt(words[3]));
        users.setSamplerController(forever);

        ConstantTimer think = new ConstantTimer();
        think.setDelay("900");

        ResultCollector results = new ResultCollector();
        results.setFilename(words[1]);

        HashTree tree = new ListedHashTree();
        TestPlan plan = new TestPlan("planted ramp");
        HashTree group = tree.add(plan).add(users);
        group.add(think);
        group.add(get);
        tree.add(plan, results);

        StandardJMeterEngine engine = new StandardJMeterEngine();
        engine.configure(tree);
        engine.run();
    }
}
